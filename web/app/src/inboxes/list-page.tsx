/** The inboxes: where visitors arrive, and what each asks of them. */
import { useRef } from "preact/hooks";

import { address, navigate } from "../router.ts";
import { useListKeys } from "../ui/list-keys.ts";
import { usePolled } from "../ui/poll.ts";
import { INBOXES, readInboxes, type Inbox } from "./inboxes.ts";
import { NewInbox } from "./new-inbox.tsx";
import { DeskSection, Waiting } from "./section.tsx";
import { IDENTIFY } from "./words.ts";

/** Every inbox. */
export function InboxesPage() {
  const polled = usePolled(INBOXES, readInboxes);
  const { value: inboxes } = polled;
  const list = useRef<HTMLElement>(null);
  useListKeys(list);
  return (
    <DeskSection
      title="Inboxes"
      action={
        inboxes && (
          <NewInbox
            taken={inboxes.map((one) => one.name)}
            onDone={(made) => {
              navigate(address("inboxes", made.name));
            }}
          />
        )
      }
    >
      <main class="content desk-list" ref={list}>
        <Waiting polled={polled} shape="table" />
        {inboxes && (
          <>
            <p class="text-muted desk-intro">
              An inbox is a chat on a page of yours: its words, who is asked to sign in, and the keys that vouch for them.
            </p>
            <Table inboxes={inboxes} />
          </>
        )}
      </main>
    </DeskSection>
  );
}

function Table({ inboxes }: { inboxes: readonly Inbox[] }) {
  return (
    <table class="table desk-table inboxes-table">
      <thead>
        <tr>
          <th scope="col">Inbox</th>
          <th scope="col">Identification</th>
          <th scope="col" class="wide-only">Welcome</th>
        </tr>
      </thead>
      <tbody>
        {inboxes.map((inbox) => (
          <tr key={inbox.id}>
            <td>
              <a class="row-link" data-row href={address("inboxes", inbox.name)} title={inbox.title}>
                <span dir="auto">{inbox.title}</span>
              </a>
              <span class="under">
                <code>{inbox.name}</code>
              </span>
            </td>
            <td>
              {IDENTIFY[inbox.identification].name}
              {inbox.identification === "required" && (
                <span class="under">{inbox.enforced ? "Enforced" : "Not enforced yet"}</span>
              )}
            </td>
            <td class="wide-only text-muted" title={inbox.welcome}>
              <span dir="auto">{inbox.welcome}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
