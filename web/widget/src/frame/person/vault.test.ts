import { beforeEach, describe, expect, test, vi } from "vitest";
import { Vault } from "./vault.ts";

const letter = (id: string, at = "2030-01-01T12:00:00Z") => ({ id, text: "private words", at });

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
});

describe("Vault", () => {
  test("a browser keeps its name until it is told to forget", () => {
    const name = new Vault("web").browser();
    expect(new Vault("web").browser()).toBe(name);
    new Vault("web").forget();
    expect(new Vault("web").browser()).not.toBe(name);
  });

  test("inboxes know nothing of each other", () => {
    new Vault("web").keep("cc_ws_1");
    expect(new Vault("sales").session).toBeNull();
  });

  test("what a page's sign-in proved is kept nowhere, what a code proved in this tab alone", () => {
    const vault = new Vault("web");
    vault.keep("cc_ws_anonymous");
    vault.keep("cc_ws_signed", "signed");
    expect([vault.session, JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])]).toEqual([null, "[[],[]]"]);
    vault.keep("cc_ws_verified", "verified");
    expect(new Vault("web").session).toBe("cc_ws_verified");
    expect(JSON.stringify(Object.entries(localStorage))).not.toContain("verified");
    vault.forget();
    expect(new Vault("web").session).toBeNull();
  });

  test("a letter comes back with what it stands for", () => {
    const pressed = { ...letter("a"), answer: { value: "billing" } };
    new Vault("web").anonymousLetters().put(pressed);
    expect(new Vault("web").anonymousLetters().all()).toEqual([pressed]);
  });

  test("letters come back oldest first, and garbage is left out", () => {
    const keep = new Vault("web").anonymousLetters();
    keep.put(letter("b", "2030-01-01T12:00:02Z"));
    keep.put(letter("a", "2030-01-01T12:00:01Z"));
    localStorage.setItem("callingcard.web.letter.c", "{\"id\":1}");
    localStorage.setItem("callingcard.web.letter.d", "garbage");
    expect(new Vault("web").anonymousLetters().all().map(({ id }) => id)).toEqual(["a", "b"]);
  });

  test("one person's letters are not found by another, nor by nobody", async () => {
    const vault = new Vault("web");
    (await vault.lettersOf("ada@example.com")).put(letter("a"));
    expect((await vault.lettersOf("grace@example.com")).all()).toEqual([]);
    expect(vault.anonymousLetters().all()).toEqual([]);
    expect((await vault.lettersOf("ada@example.com")).all()).toHaveLength(1);
    expect(JSON.stringify(Object.entries(sessionStorage))).not.toContain("ada@example.com");
  });

  test("without an address nothing of a signed visitor is stored", async () => {
    const keep = await new Vault("web").lettersOf("");
    keep.put(letter("a"));
    expect([keep.all(), Object.keys(sessionStorage), Object.keys(localStorage)]).toEqual([[], [], []]);
  });

  test("forgetting leaves nothing of this inbox and all of the others", async () => {
    const vault = new Vault("web");
    vault.keep("cc_ws_1");
    (await vault.lettersOf("ada@example.com")).put(letter("a"));
    localStorage.setItem("theirs", "1");
    vault.forget();
    expect([Object.keys(localStorage), Object.keys(sessionStorage)]).toEqual([["theirs"], []]);
  });

  test("where storage is denied, memory serves", () => {
    vi.spyOn(window, "localStorage", "get").mockImplementation(() => { throw new DOMException("denied", "SecurityError"); });
    const vault = new Vault("web");
    vault.keep("cc_ws_1");
    expect([vault.session, vault.browser() === vault.browser()]).toEqual(["cc_ws_1", true]);
    vault.forget();
    expect(vault.session).toBeNull();
  });
});
