import { expect, test } from "vitest";

import { settings } from "../samples.ts";
import { differences } from "./differences.ts";

test("the same settings do not differ", () => {
  expect(differences(settings(), settings())).toEqual([]);
});

test("what differs is named as in the file, and shown from both sides", () => {
  const here = settings({ origins: ["https://a.example", "https://b.example"], unverified: "mint" });
  here.landing.perSource = 99;
  expect(differences(here, settings())).toEqual([
    { name: "origins", here: "https://a.example, https://b.example", file: "https://shop.example" },
    { name: "unverified", here: "mint", file: "refuse" },
    { name: "landing.per_source", here: "99", file: "10" },
  ]);
});

test("of a secret it is known only whether there is one", () => {
  const file = settings({ settings: { access_token: { set: true }, base_url: "https://eu.example" } });
  expect(differences(settings(), file)).toEqual([{ name: "hubspot.base_url", here: "", file: "https://eu.example" }]);
  expect(differences(settings({ settings: {} }), settings())).toEqual([
    { name: "hubspot.access_token", here: "", file: "set" },
  ]);
});

test("keys are compared one by one", () => {
  const here = settings();
  here.jwt?.keys.unshift({ kid: "k2", algorithm: "HS256", secret: { set: true }, publicKey: "" });
  expect(differences(here, settings()).map((one) => one.name)).toEqual([
    "jwt.keys.0.kid",
    "jwt.keys.1.kid",
    "jwt.keys.1.algorithm",
    "jwt.keys.1.secret",
  ]);
});
