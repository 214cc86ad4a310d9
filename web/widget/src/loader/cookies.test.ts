import { expect, test } from "vitest";
import { clearCookies } from "./cookies.ts";

test("the three cookies go, on this host and its parents, and no other", () => {
  const written: string[] = [];
  const doc = { location: { hostname: "www.shop.example" }, set cookie(value: string) { written.push(value); } };
  clearCookies(doc as unknown as Document);
  expect(written.filter((cookie) => cookie.startsWith("messagesUtk="))).toEqual([
    "messagesUtk=; path=/; max-age=0",
    "messagesUtk=; path=/; max-age=0; domain=www.shop.example",
    "messagesUtk=; path=/; max-age=0; domain=shop.example",
  ]);
  expect(new Set(written.map((cookie) => cookie.split("=")[0]))).toEqual(
    new Set(["messagesUtk", "hs-messages-is-open", "hs-messages-hide-welcome-message"]),
  );
});
