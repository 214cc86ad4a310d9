import { cleanup, render, screen } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";

import type { FlowDetail } from "../chatflows.ts";
import type { Flow } from "../document.ts";
import type { Editing } from "./editing.ts";
import { FlowFields } from "./flow-fields.tsx";

afterEach(cleanup);

const INBOXES = [
  ["orders", "Orders (orders)"],
  ["web", "Chat (web)"],
] as const;

function open(flow: Flow, inboxes: Editing["offers"]["inboxes"]) {
  const change = vi.fn();
  const editing: Editing = {
    flow,
    detail: { name: flow.name } as FlowDetail,
    isDirty: false,
    busy: "",
    problem: null,
    reasons: {},
    offers: { properties: [], functions: [], teams: [], hours: [], inboxes },
    change,
    replace: vi.fn(),
    save: vi.fn(),
    switched: vi.fn(),
  };
  render(<FlowFields editing={editing} />);
  const box = screen.getByLabelText<HTMLSelectElement>("Inbox");
  return { change, box, offered: [...box.options].map((one) => one.text) };
}

test("the inbox is chosen among those there are", async () => {
  const { change, box, offered } = open({ name: "support" }, INBOXES);
  expect([box.value, offered]).toEqual(["web", ["Orders (orders)", "Chat (web)"]]);
  await userEvent.setup().selectOptions(box, "orders");
  expect(change.mock.calls).toEqual([[{ inbox: "orders" }]]);
});

test("an inbox that is not offered stays chosen, so that nothing is changed unasked", () => {
  const { box, offered } = open({ name: "support", inbox: "old" }, INBOXES);
  expect([box.value, offered[0]]).toEqual(["old", "old"]);
  cleanup();
  expect(open({ name: "support" }, []).box.value).toBe("web");
});
