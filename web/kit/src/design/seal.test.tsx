import { cleanup, render, screen } from "@testing-library/preact";
import { afterEach, expect, test } from "vitest";

import { Seal } from "./seal.tsx";

afterEach(cleanup);

const LEVELS = ["anonymous", "claimed", "verified", "signed"] as const;

test("every level is drawn differently and named in words", () => {
  const drawings = LEVELS.map((evidence) => {
    const { container, unmount } = render(<Seal evidence={evidence} />);
    expect(container.textContent.toLowerCase()).toContain(evidence);
    const drawing = container.querySelector("svg")?.innerHTML ?? "";
    unmount();
    return drawing;
  });
  // Anonymous and claimed share a ring; the dashes come from the stylesheet.
  expect(new Set(drawings).size).toBe(3);
});

test("a seal that can be focused says why", () => {
  const { container } = render(<Seal evidence="signed" signature={{ signedBy: "key 2026-11" }} />);
  const seal = container.querySelector<HTMLElement>(".seal");
  expect(seal?.tabIndex).toBe(0);
  expect(screen.getByRole("tooltip").id).toBe(seal?.getAttribute("aria-describedby"));
  expect(screen.getByRole("tooltip").textContent).toBe("Signed by key 2026-11");
});

test("a seal within a link adds no stop of its own", () => {
  const { container } = render(<Seal evidence="claimed" within="link" />);
  expect(container.querySelector("[tabindex]")).toBeNull();
  expect(container.querySelector(".seal")?.getAttribute("title")).toContain("nothing proves it");
});
