import { afterEach, expect, test } from "vitest";

import { moveFocus, stepFor } from "./keys.ts";

function list(): HTMLElement {
  const nav = document.createElement("nav");
  for (const name of ["one", "two", "three"]) {
    const row = document.createElement("a");
    row.href = `/app/inbox/${name}`;
    row.dataset["row"] = name;
    nav.append(row);
  }
  document.body.append(nav);
  return nav;
}

const press = (key: string, init: KeyboardEventInit = {}) => new KeyboardEvent("keydown", { key, cancelable: true, ...init });
const focused = () => (document.activeElement as HTMLElement).dataset["row"];

afterEach(() => {
  document.body.replaceChildren();
});

test("j and k walk the list and stop at its ends", () => {
  const nav = list();
  const walked = ["j", "j", "j", "j", "k"].map((key) => {
    moveFocus(nav, press(key));
    return focused();
  });
  expect(walked).toEqual(["one", "two", "three", "three", "two"]);
});

test("the walk starts beside the row that is open", () => {
  const nav = list();
  nav.querySelectorAll("a")[1]?.setAttribute("aria-current", "true");
  moveFocus(nav, press("j"));
  expect(focused()).toBe("three");
});

test("arrows scroll as always until the list has the focus", () => {
  const nav = list();
  expect(moveFocus(nav, press("ArrowDown"))).toBe(false);
  nav.querySelector("a")?.focus();
  expect(moveFocus(nav, press("ArrowDown"))).toBe(true);
  expect(focused()).toBe("two");
});

test("letters are letters while somebody types, and shortcuts stay the browser's", () => {
  const field = document.createElement("textarea");
  document.body.append(field);
  const typed = press("j");
  field.dispatchEvent(typed);
  expect(stepFor(typed, { inside: true })).toBe(0);
  expect(stepFor(press("j", { ctrlKey: true }), { inside: true })).toBe(0);
});
