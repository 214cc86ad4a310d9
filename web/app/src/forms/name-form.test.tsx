import { Problem } from "@callingcard/kit/request.ts";
import { cleanup, render, screen } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";

import { NameForm } from "./name-form.tsx";

afterEach(cleanup);

function open(make: (name: string) => Promise<void>) {
  const wrong = (name: string): string => (name === "" ? "It needs a name." : name === "taken" ? "It is taken." : "");
  render(<NameForm label="Make it" help="Short." wrong={wrong} make={make} beside={null} />);
  return userEvent.setup();
}

function reason(): string {
  return document.querySelector(".form-error")?.textContent ?? "";
}

test("nobody is told off before they came to the field, and afterwards what is wrong now", async () => {
  const make = vi.fn(() => Promise.resolve());
  const user = open(make);
  expect(reason()).toBe("");
  await user.click(screen.getByRole("button", { name: "Make it" }));
  expect(reason()).toBe("It needs a name.");
  await user.type(screen.getByLabelText("Name"), "taken");
  expect(reason()).toBe("It is taken.");
  await user.type(screen.getByLabelText("Name"), "s");
  expect(reason()).toBe("");
  expect(make).not.toHaveBeenCalled();
  await user.click(screen.getByRole("button", { name: "Make it" }));
  expect(make.mock.calls).toEqual([["takens"]]);
});

test("a refusal stands at the field it is about, or else where the button is", async () => {
  const fields = new Problem("It cannot be made.", { status: 422, code: "invalid", fields: { name: "Another one has it." } });
  const make = vi.fn().mockRejectedValueOnce(fields).mockRejectedValueOnce(new Problem("Full.", { status: 409, code: "too_many" }));
  const user = open(make);
  await user.type(screen.getByLabelText("Name"), "one");
  await user.click(screen.getByRole("button", { name: "Make it" }));
  expect(reason()).toBe("Another one has it.");
  expect(screen.queryByRole("alert")).toBeNull();
  await user.click(screen.getByRole("button", { name: "Make it" }));
  expect((await screen.findByRole("alert")).textContent).toBe("Full. too_many");
});
