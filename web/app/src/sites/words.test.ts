import type { Reload } from "@callingcard/kit/api.ts";
import { describe, expect, test } from "vitest";

import { hitRate, reloadLines, sentences, verdict } from "./words.ts";

const DONE: Reload = { sites: [], problem: null, restart: [] };
const WRONG = { code: "config", message: "sites.shop: nothing is right", remedy: "mend it" };

describe("a reload", () => {
  test("that changed nothing says so", () => {
    const sites = [{ name: "shop", changed: false, problem: null }];
    expect(reloadLines({ ...DONE, sites })).toEqual([{ text: "No site changed.", isProblem: false }]);
  });

  test("says what failed first, then what changed", () => {
    const sites = [
      { name: "blog", changed: true, problem: null },
      { name: "shop", changed: false, problem: WRONG },
    ];
    expect(reloadLines({ ...DONE, sites, restart: ["cache"] })).toEqual([
      { text: "shop goes on as it was. sites.shop: nothing is right. Mend it.", isProblem: true },
      { text: "Changed, but counts after a restart only: cache.", isProblem: true },
      { text: "Changed: blog.", isProblem: false },
    ]);
  });

  test("of an unreadable file does not claim that nothing changed", () => {
    const texts = reloadLines({ ...DONE, problem: WRONG }).map((line) => line.text);
    expect(texts).toEqual([expect.stringContaining("could not be read")]);
  });
});

test("a rate is never rounded up to all", () => {
  expect(hitRate({ hitRate: 0.9999 })).toMatch(/^99[.,]9 %$/);
  expect(hitRate({ hitRate: 1 })).toBe("100 %");
  expect(hitRate({ hitRate: null })).toBe("");
});

test("texts of the server become sentences, and settings keep their names", () => {
  expect(sentences("no key is known", "Add one.", "")).toBe("No key is known. Add one.");
  expect(sentences("access_token is needed")).toBe("access_token is needed.");
});

describe("a verdict", () => {
  test("names whom an accepted proof proves", () => {
    const identity = { email: "ada@example.com", userId: "7" };
    expect(verdict({ accepted: true, checks: [], identity })).toBe("It is accepted, and proves ada@example.com, user 7.");
    expect(verdict({ accepted: true, checks: [], identity: { email: null, userId: "7" } })).toBe(
      "It is accepted, and proves user 7.",
    );
  });

  test("says plainly that a proof is refused", () => {
    expect(verdict({ accepted: false, checks: [], identity: null })).toBe("It is refused.");
  });
});
