import { cleanup, render, screen } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";

import { call, run } from "../samples.ts";
import { RunReport } from "./run-report.tsx";

const TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";

afterEach(cleanup);

test("what looks like a key is covered until it is asked for", async () => {
  render(<RunReport run={run({ result: { token: TOKEN, city: "Oslo" } })} sensitive={["city"]} />);
  expect(document.body.textContent).not.toContain(TOKEN);
  expect(document.body.textContent).not.toContain("Oslo");
  await userEvent.click(screen.getByRole("button", { name: "Show token" }));
  expect(document.body.textContent).toContain(TOKEN);
  await userEvent.click(screen.getByRole("button", { name: "Hide token" }));
  expect(document.body.textContent).not.toContain(TOKEN);
});

test("what was kept of a run is shown when its true result is not there", () => {
  render(<RunReport run={run({ output: { greeting: "Hello" } })} sensitive={[]} />);
  expect(document.body.textContent).toContain('"Hello"');
});

test("an error leads to the function's own lines, and not to those of packages", async () => {
  const goTo = vi.fn();
  const frames = [
    { line: 7, function: "main", text: "return found(order)", module: "main" },
    { line: 88, function: "get", text: "", module: "httpx" },
  ];
  const failed = run({ state: "raised", error: { type: "LookupError", message: "no order" }, frames });
  render(<RunReport run={failed} sensitive={[]} goTo={goTo} />);
  expect(screen.queryByRole("heading", { name: "Result" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Line 7" }));
  expect(goTo).toHaveBeenCalledWith(7);
  expect(screen.queryByRole("button", { name: "Line 88" })).toBeNull();
});

test("calls are a table with what came of them", () => {
  const calls = [call({ status: 200 }), call({ kind: "storage", name: "tokens", operation: "set", startMs: 20 })];
  render(<RunReport run={run({ calls })} sensitive={[]} />);
  const rows = screen.getAllByRole("row").map((row) => row.textContent);
  expect(rows[1]).toContain("hubspot.create_token200");
  expect(rows[2]).toContain("tokens.setStorageDone");
});

test("a run that took too long says what to do about it", () => {
  const late = run({ state: "timed_out", error: { type: "Timeout", message: "over 5 s" } });
  render(<RunReport run={late} sensitive={[]} />);
  expect(screen.getByText(/allow it more with timeout/)).toBeTruthy();
});
