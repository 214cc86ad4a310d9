/** The list of contacts: search, read on, open one. */
import { Seal } from "@callingcard/kit/design/seal.tsx";
import { useEffect, useRef } from "preact/hooks";

import { Page } from "../frame/page.tsx";
import { address } from "../router.ts";
import { session } from "../session/session.ts";
import "../styles/contacts.css";
import { Ago } from "../ui/ago.tsx";
import { moveFocus } from "../ui/keys.ts";
import { Empty, Failure, Skeleton } from "../ui/states.tsx";
import { relative } from "../ui/time.ts";
import { contactName, contacts, findContacts, moreContacts, propertyText, query, retryContacts } from "./store.ts";
import { ImportButton } from "./transfer/import.tsx";
import { SaveButton } from "./transfer/save-button.tsx";
import type { Contact } from "./types.ts";

const PAUSE_MS = 250;

/** Everybody the desk remembers. */
export function ContactsPage() {
  const words = query.value;
  const table = useRef<HTMLElement>(null);
  const isOperator = session.value?.agent.role !== "agent";
  useEffect(() => {
    const first = contacts.peek().words === null;
    const timer = setTimeout(() => void findContacts(words), first ? 0 : PAUSE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [words]);
  useEffect(() => {
    function move(event: KeyboardEvent): void {
      if (table.current && !document.querySelector("dialog[open]")) moveFocus(table.current, event);
    }
    document.addEventListener("keydown", move);
    return () => {
      document.removeEventListener("keydown", move);
    };
  }, []);
  return (
    <Page title="Contacts" search={{ label: "Search contacts", words: query }}>
      <main class="content" ref={table}>
        {isOperator && <Transfers />}
        <Found />
      </main>
    </Page>
  );
}

/** Everybody in and out at once, for those who look after the desk. */
function Transfers() {
  return (
    <div class="transfers">
      <ImportButton done={() => void findContacts(query.value)} />
      <SaveButton label="Export" path="/v1/contacts/export" name="contacts.csv" />
    </div>
  );
}

function Found() {
  const { state, results, next, problem, words } = contacts.value;
  if (state === "loading" && results.length === 0) return <Skeleton rows={8} shape="table" />;
  if (state === "ready" && results.length === 0) return <Nobody words={words ?? ""} />;
  return (
    <>
      {results.length > 0 && <Table results={results} />}
      {problem && <Failure problem={problem} retry={() => void retryContacts()} />}
      {next !== null && state !== "failed" && (
        <button type="button" class="button more" disabled={state === "loading"} onClick={() => void moreContacts()}>
          Load more
        </button>
      )}
    </>
  );
}

function Nobody({ words }: { words: string }) {
  if (words.trim() === "") {
    return (
      <Empty
        title="No contacts yet"
        text="A visitor becomes a contact when your site vouches for them, or when they leave an address."
      />
    );
  }
  return (
    <Empty title={`Nobody matches “${words.trim()}”`} text="Names, addresses and companies are searched.">
      <button
        type="button"
        class="button"
        onClick={() => {
          query.value = "";
        }}
      >
        Clear the search
      </button>
    </Empty>
  );
}

function Table({ results }: { results: readonly Contact[] }) {
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" class="wide-only">E-mail</th>
          <th scope="col" class="wide-only">Company</th>
          <th scope="col" class="number">Created</th>
        </tr>
      </thead>
      <tbody>
        {results.map((contact) => (
          <Row key={contact.id} contact={contact} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ contact }: { contact: Contact }) {
  return (
    <tr>
      <td>
        <div class="table-name">
          <a class="row-link" data-row href={address("contacts", contact.id)} dir="auto">
            {contactName(contact)}
          </a>
          <Seal evidence={contact.evidence} within="link" />
        </div>
      </td>
      <td class="wide-only text-muted">{contact.email}</td>
      <td class="wide-only text-muted" dir="auto">
        {propertyText(contact.properties["company"])}
      </td>
      <td class="number text-muted">
        <Ago at={contact.createdAt} words={relative} />
      </td>
    </tr>
  );
}
