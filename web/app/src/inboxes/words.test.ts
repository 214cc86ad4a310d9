import { expect, test } from "vitest";

import type { Inbox } from "./inboxes.ts";
import { changesOf, daysReason, inboxReasons, keyReasons, newInboxReasons, retentionWords, snippet } from "./words.ts";

const WEB: Inbox = {
  id: "1",
  name: "web",
  title: "Chat",
  answeredBy: "We answer soon",
  welcome: "Hi {first_name}",
  identification: "optional",
  enforced: false,
  props: ["plan", "company"],
};

test("only what was changed is sent", () => {
  expect(changesOf(WEB, { ...WEB })).toEqual({});
  expect(changesOf(WEB, { ...WEB, welcome: "", enforced: true })).toEqual({ welcome: "", enforced: true });
  expect(changesOf(WEB, { ...WEB, title: " Help " })).toEqual({ title: "Help" });
});

test("the same properties in another order are no change", () => {
  expect(changesOf(WEB, { ...WEB, props: ["company", "plan"] })).toEqual({});
  expect(changesOf(WEB, { ...WEB, props: ["plan"] })).toEqual({ props: ["plan"] });
});

test("an inbox needs a title", () => {
  expect(inboxReasons({ ...WEB, title: " " })).toHaveProperty("title");
  expect(inboxReasons(WEB)).toEqual({});
});

test("the name of an inbox fits into an address and is taken once", () => {
  expect(newInboxReasons("help", "Help", ["web"])).toEqual({});
  expect(Object.keys(newInboxReasons("", "", []))).toEqual(["name", "title"]);
  for (const name of ["web", "a b", "-a", "ä", "a".repeat(65)]) expect(newInboxReasons(name, "x", ["web"])).toHaveProperty("name");
});

test("a private key is refused before it leaves the browser", () => {
  const pem = (what: string): string => `-----BEGIN ${what} KEY-----\nabc\n-----END ${what} KEY-----`;
  expect(keyReasons({ algorithm: "ES256", publicKey: pem("PUBLIC") })).toEqual({});
  for (const what of ["PRIVATE", "EC PRIVATE", "RSA PRIVATE"]) {
    expect(keyReasons({ algorithm: "ES256", publicKey: pem(what) })["publicKey"]).toContain("private");
  }
  expect(keyReasons({ algorithm: "RS256" })).toHaveProperty("publicKey");
  expect(keyReasons({ algorithm: "HS256", kid: "2026-11" })).toEqual({});
  expect(keyReasons({ algorithm: "HS256", kid: "a b" })).toHaveProperty("kid");
});

test("days are whole, and not more than ten years of them", () => {
  expect(["1", "90", "3650"].map(daysReason)).toEqual(["", "", ""]);
  expect(["", "0", "-1", "1.5", "3651", "ten"].every((text) => daysReason(text) !== "")).toBe(true);
});

test("how long things are kept reads as people say it", () => {
  expect(retentionWords({ keepClosedDays: null, storeSilentVisitors: true })).toContain("for good");
  expect(retentionWords({ keepClosedDays: 1, storeSilentVisitors: true })).toContain("one day");
  expect(retentionWords({ keepClosedDays: 30, storeSilentVisitors: true })).toContain("30 days");
});

test("the snippet loads the inbox's chat, and asks for two values where somebody is signed in", () => {
  const anybody = snippet("https://chat.example", "web", { signedIn: false });
  expect(anybody).toContain('src="https://chat.example/widget/web.js"');
  expect(anybody).not.toContain("identificationToken");
  const signedIn = snippet("https://chat.example", "web", { signedIn: true });
  expect(signedIn).toContain("identificationEmail");
  expect(signedIn.indexOf("hsConversationsSettings")).toBeLessThan(signedIn.indexOf("hs-script-loader"));
});
