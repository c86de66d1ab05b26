"""Settings: what a file gives, what it is refused for, and that the answer names the line."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import DEFAULT_FILE, Settings, load_settings
from config.lines import key_lines, line_of
from config.page import describe
from config.settings import SECTIONS, rules_of
from devices.drivers.base import Driver
from devices.registry import DriverRegistry, shipped_registry
from devices.spec import DriverSpec, OptionSpec
from kiosk.app.drivers import setting_drivers
from kiosk.domain.errors import SettingsError

ROOT = Path(__file__).resolve().parents[2]
DRIVERS = setting_drivers(shipped_registry()).listed()


def load(
    file: Path | None, env: Mapping[str, str], overrides: Sequence[str] = (), registry: DriverRegistry | None = None
) -> Settings:
    return load_settings(file, env, overrides, drivers=setting_drivers(registry or shipped_registry()))


def write(folder: Path, text: str) -> Path:
    file = folder / "kiosk.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refusal(folder: Path, text: str, *overrides: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(write(folder, text), {}, overrides)
    return str(caught.value)


def test_the_file_that_ships_loads_and_binds_no_device() -> None:
    settings = load(None, {})

    assert settings.source == DEFAULT_FILE
    assert settings.terminal.id == "YP0301"
    assert settings.terminal.state_dir == ROOT / "state"
    assert settings.devices == ()


def test_an_empty_file_gives_every_default(tmp_path: Path) -> None:
    settings = load(write(tmp_path, ""), {})

    assert settings.terminal.language == "zh-Hans"
    assert settings.terminal.restart_minute == 3 * 60 + 30
    assert settings.terminal.window_px is None
    assert settings.terminal.state_dir == tmp_path / "state"
    assert settings.centre.submit_wait_s == 5
    assert (settings.session.idle_s, settings.session.warn_s) == (90, 30)


def test_every_key_can_be_set(tmp_path: Path) -> None:
    for name in ("ca.pem", "me.pem", "me.key"):
        (tmp_path / name).touch()
    settings = load(
        write(
            tmp_path,
            """
            [terminal]
            id = "KX12"
            site = "north-gate"
            profile = "bank"
            state_dir = "data/here"
            language = "en"
            window = "1080x1920"
            demo = true
            [centre]
            url = "https://centre.example/api/"
            ca_file = "ca.pem"
            client_cert = "me.pem"
            client_key = "me.key"
            connect_timeout_s = 1
            total_timeout_s = 4.5
            submit_wait_s = 0
            [devices.id_card]
            driver = "sam-serial"
            port = "tty/card"
            baud = 57600
            [devices.code_scanner]
            driver = "serial-scanner"
            profile = "newland-unified"
            port = "/dev/ttyACM0"
            [devices.receipt_printer]
            driver = "escpos"
            tcp = "192.0.2.10:9100"
            width_mm = 58
            [session]
            idle_s = 20
            warn_s = 10
            absolute_s = 300
            [usb]
            listed = ["1A86:7523", "0c2e:0b61"]
            reset_helper = "/run/usb-reset.sock"
            """,
        ),
        {},
    )

    assert settings.terminal.window_px == (1080, 1920)
    assert settings.terminal.demo is True
    assert settings.terminal.state_dir == tmp_path / "data" / "here"
    assert settings.centre.url == "https://centre.example/api"
    assert settings.centre.client_key == tmp_path / "me.key"
    assert {device.name: device.driver for device in settings.devices} == {
        "id_card": "sam-serial",
        "code_scanner": "serial-scanner",
        "receipt_printer": "escpos",
    }
    assert dict(settings.devices[0].options) == {"port": str(tmp_path / "tty" / "card"), "baud": 57600}
    assert dict(settings.devices[2].options) == {"tcp": "192.0.2.10:9100", "width_mm": 58}
    assert settings.session.absolute_s == 300
    assert settings.usb.listed == ("1a86:7523", "0c2e:0b61")
    assert settings.usb.reset_helper == Path("/run/usb-reset.sock")


def test_a_profile_sets_the_idle_times_and_the_file_has_the_last_word(tmp_path: Path) -> None:
    settings = load(write(tmp_path, '[terminal]\nprofile = "park"\n[session]\nwarn_s = 33\n'), {})

    assert (settings.session.idle_s, settings.session.warn_s) == (150, 33)


@pytest.mark.parametrize("profile", rules_of(SECTIONS["terminal"])["profile"].choices)
def test_every_profile_that_can_be_named_ships(profile: str, tmp_path: Path) -> None:
    load(write(tmp_path, f'[terminal]\nprofile = "{profile}"\n'), {})


def test_the_environment_names_the_file_and_the_argument_goes_before_it(tmp_path: Path) -> None:
    by_environment = write(tmp_path, '[terminal]\nid = "ENV1"\n')
    by_argument = tmp_path / "other.toml"
    by_argument.write_text('[terminal]\nid = "ARG1"\n', encoding="utf-8")
    env = {"KIOSK_SETTINGS": str(by_environment)}

    assert load(None, env).terminal.id == "ENV1"
    assert load(by_argument, env).terminal.id == "ARG1"


def test_overrides_are_read_by_the_type_of_their_key(tmp_path: Path) -> None:
    settings = load(
        write(tmp_path, '[terminal]\nid = "OLD1"\nwindow = "fullscreen"\n'),
        {},
        [
            "terminal.id=0301",
            'terminal.window="1280x1024"',
            "terminal.demo=true",
            "session.idle_s=2.5",
            "devices.receipt_printer.driver=escpos",
            "devices.receipt_printer.port=/dev/ttyS7",
            "devices.receipt_printer.width_mm=58",
        ],
    )

    assert settings.terminal.id == "0301"
    assert settings.terminal.window_px == (1280, 1024)
    assert settings.terminal.demo is True
    assert settings.session.idle_s == 2.5
    assert dict(settings.devices[0].options) == {"port": "/dev/ttyS7", "width_mm": 58}


def test_an_override_repairs_a_wrong_value_of_the_file(tmp_path: Path) -> None:
    file = write(tmp_path, '[terminal]\nlanguage = "fr"\n')

    assert load(file, {}, ["terminal.language=en"]).terminal.language == "en"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[terminal]\nid = "A1"\nlanguge = "en"\n', 3, 'has no key "languge"; did you mean "language"?'),
        ("# mine\n\n[termnal]\nid = 1\n", 4, 'no section "[termnal]"; did you mean "terminal"?'),
        ("[terminal]\nid = 7\n", 2, "id must be text in quotes, not 7"),
        ('[terminal]\nid = "yp01"\n', 2, "It must match [A-Z0-9]{2,16}"),
        ('[terminal]\ndemo = "no"\n', 2, 'demo must be true or false, not "no"'),
        ('[terminal]\nprofile = "cafe"\n', 2, '"hall" or "bank" or "mall" or "park"'),
        ('[terminal]\nwindow = "wide"\n', 2, 'must be "fullscreen" or a size'),
        ('[terminal]\nwindow = "10x10"\n', 2, "sides from 320 to 8192"),
        ("[terminal]\nid = { a = 1 }\n", 2, "[terminal.id] is no section"),
        ("terminal = 3\n", 1, "terminal is a section"),
        ("[session]\nwarn_s = 10\nidle_s = 0\n", 3, "idle_s must be from 1 to 900 seconds, not 0"),
        ("[session]\nidle_s = true\n", 2, "must be a number of seconds"),
        ("[session]\nidle_s = nan\n", 2, "must be a number of seconds"),
        ("[session]\nidle_s = inf\n", 2, "must be from 1 to 900 seconds"),
        ("[session]\nidle_s = 600\nwarn_s = 60\nabsolute_s = 100\n", 4, "at least idle_s + warn_s (660)"),
        ("[store]\nkeep_body_days = 1\nask_again_hours = 48\n", 2, "keep_body_days must not be less"),
        ("[store]\nkeep_row_days = 2\n", 2, "keep_row_days must not be less than keep_body_days"),
        ('[terminal]\nrestart_at = "24:00"\n', 2, 'or "never"'),
        ('[centre]\nurl = "http://centre.example"\n', 2, "plain http"),
        ('[centre]\nurl = "http://10.0.0.1:80"\n', 2, "plain http"),
        ('[centre]\nurl = "http://127.0.0.1.example.org"\n', 2, "plain http"),
        ('[centre]\nurl = "http://127.0.0.1@centre.example"\n', 2, "user name"),
        ('[centre]\nurl = "ftp://127.0.0.1"\n', 2, "must be an address"),
        ('[centre]\nurl = "https://centre.example:99999"\n', 2, "is no address"),
        ('[centre]\nurl = "https://centre.example/?a=1"\n', 2, "query"),
        ('[centre]\nca_file = "nowhere.pem"\n', 2, "there is no file"),
        ("[centre]\ntotal_timeout_s = 1\n", 2, "must not be longer than total_timeout_s"),
        ('[devices.id_cart]\ndriver = "sam-serial"\n', 2, 'no device "id_cart"; did you mean "id_card"?'),
        ('[devices.id_card]\nport = "/dev/x"\n', 2, 'needs a driver: "sam-serial"'),
        ("[devices.id_card]\n", 1, 'needs a driver: "sam-serial"'),
        ('[devices.id_card]\ndriver = "escpos"\nport = "x"\n', 2, 'no driver "escpos" for id_card; known: sam-serial'),
        ('[devices.id_card]\ndriver = "sam-serial"\n', 2, "needs port"),
        ('[devices.id_card]\ndriver = "sam-serial"\nport = "x"\nbuad = 9600\n', 4, 'did you mean "baud"?'),
        ('[devices.id_card]\ndriver = "sam-serial"\nport = "x"\nbaud = 1200\n', 4, "baud must be 9600 or 19200"),
        ('[devices.id_card]\ndriver = "sam-serial"\nport = "x"\nbaud = "9600"\n', 4, "must be a whole number"),
        ('[devices.receipt_printer]\ndriver = "escpos"\nport = "x"\ntcp = "h:1"\n', 4, "not both"),
        ('[devices.receipt_printer]\ndriver = "escpos"\ntcp = "printer:0"\n', 3, "must read HOST or HOST:PORT"),
        ('[devices.receipt_printer]\ndriver = "escpos"\nport = "x"\nwidth_mm = 76\n', 4, "width_mm must be 58 or 80"),
        ('[devices]\nid_card = "COM1"\n', 2, "id_card is a section"),
        ("devices = 3\n", 1, "sections of their own"),
        ('[centre]\ndevices.id_card = { driver = "sam-serial", port = "x" }\n', 2, "above the first section"),
        ('[terminal]\nid = "A1"\nid = "A2"\n', 3, "not TOML"),
        ('[terminal\nid = "A1"\n', 1, "not TOML"),
        ('[terminal]\nid = """A1\n', 2, "not TOML"),
        ('[terminal]\nsite = "a\\u0000b"\n', 2, "control characters"),
        ('[terminal]\nstate_dir = ""\n', 2, "must not be empty"),
    ],
)
def test_what_cannot_be_used_is_refused_with_file_line_and_reason(
    text: str, line: int, words: str, tmp_path: Path
) -> None:
    message = refusal(tmp_path, text)

    assert message.startswith(f"{tmp_path / 'kiosk.toml'}:{line}: ")
    assert words in message


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(SettingsError, match=r":1: the settings file cannot be read"):
            load(path, {})


def test_a_file_that_is_no_text_is_refused_with_the_line_of_the_first_bad_byte(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_bytes(b'[terminal]\nid = "A1"\nsite = "\xff"\n')

    with pytest.raises(SettingsError, match=r"kiosk\.toml:3: the file must be UTF-8"):
        load(file, {})


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    assert "larger than 256 KiB" in refusal(tmp_path, "#" * 300_000)


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_bytes(b'\xef\xbb\xbf[terminal]\r\nid = "A1"\r\n')

    assert load(file, {}).terminal.id == "A1"


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("terminal", "must read section.key=value"),
        ("terminal..id=3", "must read section.key=value"),
        ("terminal.idd=3", 'did you mean "id"?'),
        ("session.idle_s=soon", "must be a number of seconds"),
    ],
)
def test_a_wrong_override_is_named_in_the_refusal(override: str, words: str, tmp_path: Path) -> None:
    message = refusal(tmp_path, "", override)

    assert message.startswith(f"--set {override}: ")
    assert words in message


@given(st.text(max_size=400))
def test_any_text_is_settings_or_a_refusal_that_begins_with_its_place(text: str) -> None:
    file = ROOT / ".hypothesis" / "settings.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        load(file, {})
    except SettingsError as error:
        assert ".toml:" in str(error)


def test_lines_are_found_past_multi_line_strings_arrays_and_inline_tables() -> None:
    text = "\n".join(
        [
            "a = '''",  # 1
            "[no]",
            "b = 1 '''",
            'list = [ "x]",  # ]',  # 4
            "  [ 1 ],",
            "]",
            "[one . two]",  # 7
            '"quoted key" = 1',
            "deep.er = { x = 1 }",
        ]
    )
    lines = key_lines(text)

    assert tomllib.loads(text)["one"]["two"]["deep"]["er"]["x"] == 1
    assert lines[("list",)] == 4
    assert lines[("one", "two")] == 7
    assert lines[("one", "two", "quoted key")] == 8
    assert line_of(lines, ("one", "two", "deep", "er", "x")) == 9
    assert ("no",) not in lines
    assert ("b",) not in lines


def test_the_settings_page_is_what_the_declarations_say() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

    assert page == describe(DRIVERS), "run: ./run settings > docs/settings.md"


def test_the_settings_page_can_be_written_as_the_page_says() -> None:
    done = subprocess.run(
        [sys.executable, "main.py", "settings"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout == describe(DRIVERS)


@pytest.mark.parametrize("page", ["README.md", "README.zh.md", "config/kiosk.toml"])
def test_the_lines_offered_for_an_own_reader_and_printer_work_in_the_file_that_ships(page: str, tmp_path: Path) -> None:
    offered = re.findall(r"^(?:# )?(devices\..*)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    shipped = DEFAULT_FILE.read_text(encoding="utf-8")
    settings = load(write(tmp_path, "\n".join([*offered, shipped])), {})

    assert {"id_card", "receipt_printer"} <= {device.name for device in settings.devices}


OPTIONS = {
    "url": OptionSpec("url", "Where it is.", schemes=("ipp", "ipps"), optional=True),
    "port": OptionSpec("port", "Where it is.", optional=True),
    "wait_s": OptionSpec("seconds", "How long.", default=2.5, low=0.5, high=9),
    "unit": OptionSpec("whole", "Which.", default=1, low=1),
    "flip": OptionSpec("switch", "Whether.", default=False),
    "map": OptionSpec("text", "What.", default="a", pattern="[a-z]+", check=lambda v: "is q" if v == "q" else None),
    "key": OptionSpec("text", "Must be there."),
}


def lamp_registry() -> DriverRegistry:
    def make(_options: object) -> Driver:
        raise AssertionError("settings make no driver")

    registry = DriverRegistry()
    registry.add(DriverSpec("lamp", "ups", OPTIONS, make, one_of=("url", "port"), about="A lamp."))
    return registry


def test_a_driver_that_was_handed_in_gets_its_options_by_kind(tmp_path: Path) -> None:
    text = (
        '[devices.ups]\ndriver = "lamp"\nurl = "ipp://10.0.0.9:631/a?b"\nwait_s = 3\nunit = 7\nflip = true\nkey = "k"\n'
    )
    settings = load(write(tmp_path, text), {}, registry=lamp_registry())

    assert dict(settings.devices[0].options) == {
        "url": "ipp://10.0.0.9:631/a?b",
        "wait_s": 3.0,
        "unit": 7,
        "flip": True,
        "key": "k",
    }


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('url = "http://a/"', "url must be an address that begins with ipp:// or ipps://"),
        ('url = "ipp://me:pw@a/"', "no user name"),
        ('port = "tty"\nwait_s = 0.1', "wait_s must be from 0.5 to 9 seconds, not 0.1"),
        ('port = "tty"\nunit = 0', "unit must be at least 1, not 0"),
        ('port = "tty"\nunit = true', "unit must be a whole number"),
        ('port = "tty"\nflip = 1', "flip must be true or false"),
        ('port = "tty"\nmap = "A"', "must match [a-z]+"),
        ('port = "tty"\nmap = "q"', "map is q"),
        ('port = "tty"\nunti = 3', 'has no key "unti"; did you mean "unit"?'),
    ],
)
def test_an_option_its_driver_would_not_take_is_refused_with_its_line(line: str, words: str, tmp_path: Path) -> None:
    file = write(tmp_path, f'[devices.ups]\ndriver = "lamp"\nkey = "k"\n{line}\n')
    with pytest.raises(SettingsError) as caught:
        load(file, {}, registry=lamp_registry())

    assert str(caught.value).startswith(f"{file}:{4 + line.count(chr(10))}: ")
    assert words in str(caught.value)


def test_an_option_that_must_be_given_is_missed(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r":2: \[devices\.ups\] needs key: Must be there\."):
        load(write(tmp_path, '[devices.ups]\ndriver = "lamp"\nport = "x"\n'), {}, registry=lamp_registry())


def test_every_driver_serves_one_device_and_says_where_it_is_connected() -> None:
    assert len({(driver.device, driver.name) for driver in DRIVERS}) == len(DRIVERS)
    for driver in DRIVERS:
        assert driver.what.endswith("."), driver.name
        assert all(rule.what.endswith(".") for rule in driver.options.values()), driver.name
        assert driver.required or driver.one_of or all(rule.default is not None for rule in driver.options.values())
