import { expect, test, vi } from "vitest";
import { readSettings } from "./settings.ts";

test("without settings the widget loads at once and nobody is named", () => {
  for (const given of [undefined, null, 3, "x"]) {
    expect(readSettings(given, () => undefined)).toMatchObject({ loadImmediately: true, identificationEmail: "", identificationToken: "" });
  }
});

test("undefined values are as good as missing, unknown ones are dropped", () => {
  const settings = readSettings({ loadImmediately: undefined, identificationEmail: "a@b.c", resetUUID: 1 }, () => undefined);
  expect(settings).toMatchObject({ loadImmediately: true, identificationEmail: "a@b.c" });
  expect(settings).not.toHaveProperty("resetUUID");
});

test("a wrong type is told and replaced, without repeating the value", () => {
  const warn = vi.fn();
  expect(readSettings({ identificationToken: 12345 }, warn).identificationToken).toBe("");
  expect(warn).toHaveBeenCalledExactlyOnceWith("hsConversationsSettings.identificationToken must be a string");
});

test("the cookie banner is a flag or a word", () => {
  const warn = vi.fn();
  expect(readSettings({ enableWidgetCookieBanner: "ON_EXIT_INTENT" }, warn).enableWidgetCookieBanner).toBe("ON_EXIT_INTENT");
  expect(warn).not.toHaveBeenCalled();
});
