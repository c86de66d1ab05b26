"""What the samples of one language are made with: its words, its keys, the chrome of a resident's page."""

from __future__ import annotations

from kiosk.flow.view import FieldView, Key, Progress, ScreenView
from kiosk.texts import PSEUDO
from kiosk.texts.pseudo import pseudo


class Sampler:
    """Makes the sample views of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.zh = language.startswith("zh")

    def t(self, zh: str, en: str) -> str:
        """The text of this language; in the one nobody speaks the English one, longer and with accents."""
        return zh if self.zh else pseudo(en) if self.language == PSEUDO else en

    def key(self, name: str, zh: str, en: str, **more: object) -> Key:
        """A key with its label in this language."""
        return Key(name=name, label=self.t(zh, en), **more)  # type: ignore[arg-type]

    def rail(self, *, leave: bool = True) -> tuple[Key, ...]:
        """Help, larger type, how pages are shown, the other language, exit."""
        keys = [
            self.key("action.help", "叫人帮忙", "Get help", icon="bell"),
            self.key("mode.elder", "大字版", "Large text", icon="large_text"),
            self.key("action.display", "看得清", "Display", icon="eye"),
            Key("action.language", "English" if self.zh else "中文", icon="globe"),
        ]
        if leave:
            keys.append(self.key("action.exit", "退出", "Exit", icon="exit"))
        return tuple(keys)

    def back(self) -> Key:
        """The back key."""
        return self.key("action.back", "返回", "Back", icon="back")

    def next(self, zh: str = "下一步", en: str = "Next", **more: object) -> Key:
        """The primary key."""
        return self.key("action.next", zh, en, kind="primary", **more)

    def progress(self, now: int, total: int = 9) -> Progress:
        """Where we are in the permit renewal."""
        return Progress(
            item=self.t("居住证签注", "Residence permit renewal"),
            label=self.t(f"第 {now} 步，共 {total} 步", f"Step {now} of {total}"),
            now=now,
            total=total,
        )

    def page(
        self, step: str, title: tuple[str, str], body: object, *, key: str | None = None, **more: object
    ) -> ScreenView:
        """A view with the chrome of a resident's page."""
        chrome: dict[str, object] = {
            "who": self.t("林＊＊", "L** Q***"),
            "back": self.back(),
            "rail": self.rail(),
        }
        chrome.update(more)
        return ScreenView(
            step=step,
            key=key or step,
            language=self.language,
            place="云浦市南岸 24 小时政务服务厅" if self.zh else "Yunpu South Bank 24-hour Service Hall",
            title=self.t(*title),
            body=body,  # type: ignore[arg-type]
            **chrome,  # type: ignore[arg-type]
        )

    def field(self, path: str, zh: str, en: str, **more: object) -> FieldView:
        """One field."""
        values: dict[str, object] = {"kind": "text", "value": "", "active": True}
        values.update(more)
        return FieldView(name=f"field.{path}", path=path, label=self.t(zh, en), **values)  # type: ignore[arg-type]
