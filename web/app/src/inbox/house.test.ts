import { Problem } from "@callingcard/kit/request.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { session } from "../session/session.ts";
import { agentWords, choosePresence, closeHouse, lookers, openHouse, presence, reader, signs, typists } from "./house.ts";
import { GRACE } from "./samples.ts";

const LINUS = { kind: "agent", id: "a2", name: "Linus" } as const;
const ADA = { kind: "visitor", id: "v1", name: "Ada" } as const;
const COLLEAGUES = {
  agents: [
    { id: "a1", name: "Grace", status: "online" },
    { id: "a2", name: "Linus", status: "away" },
  ],
  teams: [
    { name: "sales", mine: true },
    { name: "support", mine: false },
  ],
};
let told: unknown[];
let refuses: boolean;

beforeEach(() => {
  told = [];
  refuses = false;
  localStorage.clear();
  session.value = { agent: { id: "a1", name: "Grace", email: "g@example.com", role: "agent" }, workspace: "Shop" };
  vi.useFakeTimers();
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) => {
    if (path.endsWith("/colleagues")) return Promise.resolve(Response.json(COLLEAGUES));
    if (refuses) return Promise.resolve(Response.json({ detail: "no", code: "x" }, { status: 503 }));
    told.push(JSON.parse(init?.body as string));
    return Promise.resolve(Response.json({}));
  });
});
afterEach(() => {
  closeHouse();
  session.value = null;
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("an agent is here as soon as the inbox opens, and says so again", async () => {
  openHouse();
  await vi.advanceTimersByTimeAsync(61_000);
  expect(told).toEqual([{ status: "online" }, { status: "online" }, { status: "online" }]);
  expect([...reader.value.teams]).toEqual(["sales"]);
  closeHouse();
  await vi.advanceTimersByTimeAsync(61_000);
  expect(told).toHaveLength(3);
});

test("who chose to be away stays away when they come back", async () => {
  openHouse();
  await choosePresence("away");
  closeHouse();
  openHouse();
  await vi.advanceTimersByTimeAsync(0);
  expect([presence.value, told.at(-1)]).toEqual(["away", { status: "away" }]);
});

test("a choice that the server does not hear of is none", async () => {
  openHouse();
  await vi.advanceTimersByTimeAsync(0);
  refuses = true;
  await expect(choosePresence("away")).rejects.toBeInstanceOf(Problem);
  expect([presence.value, localStorage.getItem("callingcard.presence")]).toEqual(["online", null]);
});

test("an agent is called you, by name, or as somebody who left", async () => {
  openHouse();
  await vi.advanceTimersByTimeAsync(0);
  expect([agentWords("a1"), agentWords("a2"), agentWords("a9")]).toEqual(["you", "Linus", "a former colleague"]);
});

test("what others do in a conversation shows, what the reader does themselves does not", () => {
  signs.value = [
    { conversationId: "c", kind: "typing", author: ADA },
    { conversationId: "c", kind: "typing", author: GRACE },
    { conversationId: "c", kind: "looking", author: LINUS },
    { conversationId: "other", kind: "typing", author: LINUS },
  ];
  expect(typists("c").map((sign) => sign.author.name)).toEqual(["Ada"]);
  expect(lookers("c").map((sign) => sign.author.name)).toEqual(["Linus"]);
});
