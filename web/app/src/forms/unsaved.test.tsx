import { signal } from "@preact/signals";
import { cleanup, render, screen, waitFor } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { navigate, route } from "../router.ts";
import { useUnsaved } from "./unsaved.ts";

const text = signal("");
const ask = vi.fn(() => false);

function Page() {
  const isChanged = useUnsaved(() => text.value !== "");
  return <p>{isChanged ? "changed" : "as it was"}</p>;
}

/** Whether the tab would close without a question of the browser's. */
function isClosing(): boolean {
  return dispatchEvent(new Event("beforeunload", { cancelable: true }));
}

beforeEach(() => {
  text.value = "";
  ask.mockClear();
  vi.stubGlobal("confirm", ask);
  navigate("/app/inbox");
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test("a page is left without a question while nothing is changed", () => {
  render(<Page />);
  navigate("/app/contacts");
  expect([route.value.page, ask.mock.calls.length]).toEqual(["contacts", 0]);
});

test("what was changed is asked about, in the app and by the browser", async () => {
  render(<Page />);
  text.value = "draft";
  await waitFor(() => {
    expect(isClosing()).toBe(false);
  });
  navigate("/app/contacts");
  expect([route.value.page, ask.mock.calls.length]).toEqual(["inbox", 1]);
});

test("what is saved in this very moment is not asked about", async () => {
  render(<Page />);
  text.value = "draft";
  await waitFor(() => {
    expect(isClosing()).toBe(false);
  });
  text.value = "";
  navigate("/app/contacts");
  expect([route.value.page, ask.mock.calls.length]).toEqual(["contacts", 0]);
  await screen.findByText("as it was");
  await waitFor(() => {
    expect(isClosing()).toBe(true);
  });
});
