import { Problem } from "@callingcard/kit/request.ts";
import { cleanup, render, screen, waitFor } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";

import { DialogForm } from "./dialog-form.tsx";

afterEach(cleanup);

function open(save: () => Promise<void>, reasons: Record<string, string> = {}) {
  render(
    <DialogForm label="Add" busyLabel="Adding" check={() => reasons} save={save} cancel={vi.fn()}>
      {(wrong) => <input aria-label="Name" aria-invalid={wrong["name"] ? "true" : undefined} />}
    </DialogForm>,
  );
  return userEvent.setup();
}

test("what is plainly wrong is not sent, and the field gets the focus", async () => {
  const save = vi.fn(() => Promise.resolve());
  const user = open(save, { name: "It needs a name." });
  await user.click(screen.getByRole("button", { name: "Add" }));
  expect(save).not.toHaveBeenCalled();
  await waitFor(() => {
    expect(document.activeElement).toBe(screen.getByLabelText("Name"));
  });
});

test("what the server refuses is said with its code, and can be sent again", async () => {
  const refusal = new Problem("There are five.", { status: 409, code: "desk.too_many_keys", hint: "Revoke one." });
  const user = open(() => Promise.reject(refusal));
  await user.click(screen.getByRole("button", { name: "Add" }));
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toBe("There are five. Revoke one. desk.too_many_keys");
  expect(screen.getByRole("button", { name: "Add" }).hasAttribute("disabled")).toBe(false);
});
