import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { EMPTY } from "../feed.ts";
import { conversation, entry } from "../samples.ts";
import { inbox } from "../store.ts";
import { MergeButton } from "./merge-button.tsx";

const asked: [string, unknown][] = [];
let offered = [conversation("old", { status: "closed", lastEntry: entry(1, { text: "my first question" }) })];

beforeEach(() => {
  asked.length = 0;
  HTMLDialogElement.prototype.showModal = function () { this.open = true; };
  HTMLDialogElement.prototype.close = function () { this.open = false; this.dispatchEvent(new Event("close")); };
  vi.stubGlobal("fetch", (url: string, init: RequestInit = {}) => {
    asked.push([url, typeof init.body === "string" ? JSON.parse(init.body) : null]);
    return Promise.resolve(Response.json(url.endsWith("/mergeable") ? { results: offered } : conversation("old")));
  });
});
afterEach(() => {
  cleanup();
  inbox.value = EMPTY;
  vi.unstubAllGlobals();
});

async function opened(): Promise<void> {
  render(<MergeButton id="new" />);
  expect(asked).toEqual([]);
  fireEvent.click(screen.getByRole("button", { name: "Merge into another conversation" }));
  await vi.waitFor(() => { expect(screen.queryByText("Loading")).toBeNull(); });
}

test("one of the person's conversations is chosen, and the app goes to where it goes on", async () => {
  await opened();
  expect(screen.getByText(/Its messages will be shown among/)).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Merge" }));
  expect(screen.getByRole("alert").textContent).toBe("Choose the conversation in which it goes on.");
  fireEvent.click(screen.getByRole("radio", { name: /my first question/ }));
  fireEvent.click(screen.getByRole("button", { name: "Merge" }));
  await vi.waitFor(() => { expect(location.pathname).toMatch(/old$/); });
  expect(asked.at(-1)).toEqual(["/v1/inbox/conversations/new/merge", { into: "old" }]);
});

test("who has no other conversation is told what to do instead", async () => {
  offered = [];
  await opened();
  expect(screen.getByText(/merge the contacts first/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Merge" })).toBeNull();
});
