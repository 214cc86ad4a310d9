import { cleanup, fireEvent, render } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Vault } from "../person/vault.ts";
import { Desk, type Asks, type Entry, type Form, type Session, type Thread } from "../protocol.ts";
import { Room } from "../room.ts";
import { App } from "./App.tsx";

const SESSION: Session = {
  session: "s", evidence: "anonymous", contact: null, conversation: null, signedBy: null, signedUntil: null,
  inbox: { name: "Ink & Paper", answeredBy: "", refusesUnproven: false, codes: false, identification: "optional" },
  chatflow: { name: "support", welcome: "Hi", says: [{ text: "Hi", data: null }], fits: true },
};
const FORM: Form = {
  step: "details",
  fields: [
    { name: "contact.email", label: "E-mail", type: "email", required: true },
    { name: "contact.company", label: "Company", type: "string", required: false, value: "Engines" },
    { name: "contact.plan", label: "Plan", type: "enum", required: true, options: ["Free", "Pro"] },
    { name: "contact.news", label: "News?", type: "bool", required: false },
  ],
};

function drawn(change: (room: Room) => void = () => undefined) {
  const nothing = () => undefined;
  const room = new Room(new Desk("/v1/widget/web"), new Vault("web"), { event: nothing, gone: nothing, left: nothing });
  room.session.value = SESSION;
  change(room);
  room.show(true);
  return { room, ...render(<App room={room} />) };
}

function asking(data: Asks) {
  return drawn((room) => { room.session.value = { ...SESSION, chatflow: { ...SESSION.chatflow, says: [{ text: "Tell us", data }] } }; });
}

function said(seq: number, kind: Entry["author"]["kind"], text: string): Entry {
  return { seq, id: `m_${seq}`, type: "message", clientMessageId: null, author: { kind, id: kind, name: "Mia" }, text, data: null, status: null, createdAt: "2030-01-01T12:00:00Z" };
}

beforeEach(() => { vi.stubGlobal("fetch", () => new Promise(() => undefined)); });
afterEach(cleanup);

describe("buttons under a question", () => {
  test("answer with a press, vanish, and leave the focus in the field", async () => {
    const { room, getByRole, queryByRole } = asking({ options: [{ label: "An order", value: "order" }, { label: "<b>Else</b>", value: "else" }] });
    getByRole("button", { name: "<b>Else</b>" });
    fireEvent.click(getByRole("button", { name: "An order" }));
    expect(room.letters.value).toMatchObject([{ text: "An order", answer: { value: "order" } }]);
    await vi.waitFor(() => { expect(queryByRole("group", { name: "Answers" })).toBeNull(); });
    expect(document.activeElement).toBe(getByRole("textbox", { name: "Write a message" }));
  });
});

describe("a form", () => {
  test("says what is missing beside the field, goes there, and sends nothing", async () => {
    const { room, getByLabelText, getByRole } = asking({ form: FORM });
    fireEvent.submit(getByRole("form", { name: "Form" }));
    const email = getByLabelText("E-mail");
    await vi.waitFor(() => { expect(email.getAttribute("aria-invalid")).toBe("true"); });
    expect(document.getElementById(email.getAttribute("aria-describedby") ?? "")?.textContent).toBe("Fill this in, please.");
    expect(document.activeElement).toBe(email);
    expect(room.letters.value).toEqual([]);
  });

  test("shows what is known, and sends all of it", () => {
    const { room, getByLabelText, getByRole } = asking({ form: FORM });
    expect((getByLabelText(/^Company/) as HTMLInputElement).value).toBe("Engines");
    fireEvent.input(getByLabelText("E-mail"), { target: { value: "ada@example.com" } });
    fireEvent.input(getByLabelText("Plan"), { target: { value: "Pro" } });
    fireEvent.submit(getByRole("form", { name: "Form" }));
    expect(room.letters.value).toMatchObject([{
      text: "E-mail: ada@example.com\nCompany: Engines\nPlan: Pro",
      answer: { values: { "contact.email": "ada@example.com", "contact.company": "Engines", "contact.plan": "Pro", "contact.news": "" } },
    }]);
  });

  test("keeps what was typed while the panel is closed", async () => {
    const { room, getByLabelText, findByLabelText } = asking({ form: FORM });
    fireEvent.input(getByLabelText("E-mail"), { target: { value: "ada@" } });
    room.show(false);
    await vi.waitFor(() => { expect(document.querySelector("form")).toBeNull(); });
    room.show(true);
    expect((await findByLabelText("E-mail") as HTMLInputElement).value).toBe("ada@");
  });

  test("what the desk refused stands in its field, with the fault beside it until it changes", async () => {
    const { getByLabelText, container } = drawn((room) => {
      room.session.value = { ...SESSION, chatflow: { ...SESSION.chatflow, says: [{ text: "Again", data: { form: { ...FORM, wrong: ["contact.email"] } } }] } };
      room.filled.value = { details: { "contact.email": "ada@nowhere" } };
    });
    const email = getByLabelText("E-mail") as HTMLInputElement;
    expect([email.value, email.getAttribute("aria-invalid")]).toEqual(["ada@nowhere", "true"]);
    expect(container.querySelectorAll('[aria-invalid="true"]')).toHaveLength(1);
    fireEvent.input(email, { target: { value: "ada@example.com" } });
    await vi.waitFor(() => { expect(email.getAttribute("aria-invalid")).toBe("false"); });
  });
});

describe("the log", () => {
  test("says that a program wrote, and by name which person", () => {
    const { getByText, queryByText } = drawn((room) => { room.entries.value = [said(1, "visitor", "hello"), said(2, "bot", "A moment")]; });
    getByText("Automatic reply");
    expect(queryByText("Mia")).toBeNull();
  });

  test("says the place in the queue, and when somebody is back; nothing once a person answered", async () => {
    const { room, getByText, queryByText } = drawn((one) => {
      one.entries.value = [said(1, "visitor", "hello")];
      one.live.value = { typing: [], merged: [], agentReadSeq: 0, queue: { position: 3, opensAt: null } };
    });
    getByText("You are number 3 in the queue.");
    room.live.value = { typing: [], merged: [], agentReadSeq: 0, queue: { position: 3, opensAt: new Date(Date.now() + 3 * 86_400_000).toISOString() } };
    await vi.waitFor(() => { getByText(/^We are away right now, and back on .+ at .+\. Your message is kept/); });
    room.entries.value = [...room.entries.value, said(2, "agent", "hello")];
    await vi.waitFor(() => { expect(queryByText(/We are away/)).toBeNull(); });
  });

  test("who types is said below it, to those who hear too", async () => {
    const { room, container } = drawn();
    const line = () => container.querySelector('.state[role="status"]')?.textContent;
    room.live.value = { typing: ["Mia"], merged: [], agentReadSeq: 0, queue: null };
    await vi.waitFor(() => { expect(line()).toBe("Mia is typing…"); });
    room.live.value = { typing: ["Mia", "Noa"], merged: [], agentReadSeq: 0, queue: null };
    await vi.waitFor(() => { expect(line()).toBe("Several people are typing…"); });
  });
});

describe("the list of conversations", () => {
  const THREAD: Thread = { id: "7", status: "closed", head: 2, readSeq: 0, agentReadSeq: 0, unread: 2, createdAt: "", updatedAt: "2030-01-01T12:00:00Z", state: "other", preview: "<b>About</b> ink" };
  const signed = (room: Room) => { room.session.value = { ...SESSION, evidence: "signed" }; };

  test("is offered to those who proved who they are, and to nobody else", () => {
    expect(drawn().queryByRole("button", { name: "Your conversations" })).toBeNull();
    cleanup();
    expect(drawn(signed).queryByRole("button", { name: "Your conversations" })).not.toBeNull();
  });

  test("shows their words as text, and opens the one that is chosen", async () => {
    const { room, getByRole, findByRole, container } = drawn(signed);
    const choose = vi.spyOn(room.past, "choose").mockResolvedValue();
    room.past.threads.value = [THREAD];
    fireEvent.click(getByRole("button", { name: "Your conversations" }));
    const row = await findByRole("button", { name: /<b>About<\/b> ink.*Closed.*2 new/ });
    expect([container.querySelector("b"), document.activeElement?.textContent]).toEqual([null, "Your conversations"]);
    fireEvent.click(row);
    expect(choose).toHaveBeenCalledExactlyOnceWith("7");
  });

  test("a new one can be begun, unless the page does not want that", async () => {
    const { room, findByRole, queryByRole } = drawn(signed);
    const begin = vi.spyOn(room.past, "begin").mockResolvedValue();
    room.screen.value = "past";
    fireEvent.click(await findByRole("button", { name: "New conversation" }));
    expect(begin).toHaveBeenCalledOnce();
    room.look.value = { ...room.look.value, newThread: false };
    await vi.waitFor(() => { expect(queryByRole("button", { name: "New conversation" })).toBeNull(); });
  });

  test("Esc goes back to the chat first, and closes then", async () => {
    const { room, findByText, getByRole } = drawn(signed);
    room.screen.value = "past";
    await findByText(/Reading your conversations/);
    fireEvent.keyDown(getByRole("dialog"), { key: "Escape" });
    expect([room.screen.value, room.open.value]).toEqual(["chat", true]);
    fireEvent.keyDown(getByRole("dialog"), { key: "Escape" });
    expect(room.open.value).toBe(false);
  });
});

describe("proving an address", () => {
  const withCodes = (room: Room) => { room.session.value = { ...SESSION, inbox: { ...SESSION.inbox, codes: true } }; };

  test("is offered where codes are sent, until it is done", async () => {
    const { room, getByRole, queryByRole } = drawn(withCodes);
    getByRole("button", { name: "Confirm your address" });
    room.session.value = { ...SESSION, evidence: "verified", inbox: { ...SESSION.inbox, codes: true } };
    await vi.waitFor(() => { expect(queryByRole("button", { name: "Confirm your address" })).toBeNull(); });
  });

  test("first asks for the address, then for the code", async () => {
    const { room, getByRole, findByLabelText } = drawn(withCodes);
    fireEvent.click(getByRole("button", { name: "Confirm your address" }));
    const email = await findByLabelText("E-mail address");
    await vi.waitFor(() => { expect(document.activeElement).toBe(email); });
    fireEvent.input(email, { target: { value: "nothing" } });
    fireEvent.click(getByRole("button", { name: "Send the code" }));
    await vi.waitFor(() => { expect(getByRole("alert").textContent).toContain("does not look like an e-mail address"); });
    room.confirming.stage.value = "code";
    expect((await findByLabelText("Code")).getAttribute("autocomplete")).toBe("one-time-code");
  });

  test("where only known visitors may write, there is no field, and the way in is named", () => {
    const closed = { ...SESSION, inbox: { ...SESSION.inbox, refusesUnproven: true } };
    const { queryByRole, getByText } = drawn((room) => { room.session.value = closed; });
    getByText("Only known visitors can write here. Sign in on this site first.");
    expect(queryByRole("textbox")).toBeNull();
  });
});

describe("inline", () => {
  const inline = (focus: boolean) => (room: Room) => { room.look.value = { inline: true, focus, newThread: true }; };

  test("is a part of the page: no dialog, no closing, and Esc leaves it open", () => {
    const { room, getByRole, queryByRole } = drawn(inline(true));
    expect(queryByRole("button", { name: "Close chat" })).toBeNull();
    fireEvent.keyDown(getByRole("region", { name: "Ink & Paper" }), { key: "Escape" });
    expect(room.open.value).toBe(true);
  });

  test("takes the focus only where the page lets it", async () => {
    const first = drawn(inline(false));
    await new Promise((resolve) => { setTimeout(resolve, 20); });
    expect(first.container.contains(document.activeElement)).toBe(false);
    cleanup();
    const second = drawn(inline(true));
    await vi.waitFor(() => { expect(document.activeElement).toBe(second.getByRole("textbox")); });
  });
});

describe("the launcher", () => {
  const nothing = () => undefined;
  const closedRoom = () => new Room(new Desk("/v1/widget/web"), new Vault("web"), { event: nothing, gone: nothing, left: nothing });

  test("waits until it is known whether there is anything here, but not for long", async () => {
    vi.useFakeTimers();
    const { queryByRole } = render(<App room={closedRoom()} />);
    expect(queryByRole("button")).toBeNull();
    await vi.advanceTimersByTimeAsync(1_100);
    expect(queryByRole("button", { name: "Open chat" })).not.toBeNull();
    vi.useRealTimers();
  });

  test("is not there where nothing fits", () => {
    const room = closedRoom();
    room.session.value = { ...SESSION, chatflow: { ...SESSION.chatflow, fits: false } };
    expect(render(<App room={room} />).queryByRole("button")).toBeNull();
  });
});
