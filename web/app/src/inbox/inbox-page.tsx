/** The inbox: the list, the conversation, the person. One pane at a time where it is narrow. */
import { MessageSquare } from "lucide";
import { useEffect, useRef, useState } from "preact/hooks";

import { Page } from "../frame/page.tsx";
import { address, navigate } from "../router.ts";
import { Icon } from "../ui/icon.tsx";
import { moveFocus } from "../ui/keys.ts";
import { listed } from "./feed.ts";
import { reader } from "./house.ts";
import { List } from "./list/list.tsx";
import { Person } from "./person/person.tsx";
import { PresenceSwitch } from "./presence-switch.tsx";
import { inbox, searchWords, view } from "./store.ts";
import { Thread } from "./thread/thread.tsx";

/** Show the list, and conversation *id* when one is open. */
export function InboxPage({ id }: { id: string | null }) {
  const list = useRef<HTMLElement>(null);
  const [personShown, showPerson] = useState(false);
  useInboxKeys(list, id);
  useEffect(() => {
    showPerson(false);
  }, [id]);
  return (
    <Page title="Inbox" search={{ label: "Search conversations", words: searchWords }} action={<PresenceSwitch />}>
      <main class="inbox" data-open={id !== null} data-person={personShown}>
        <List selected={id} list={list} />
        {id === null ? (
          <Unopened />
        ) : (
          <>
            <Thread
              key={id}
              id={id}
              personShown={personShown}
              togglePerson={() => {
                showPerson(!personShown);
              }}
            />
            <Person
              id={id}
              close={() => {
                showPerson(false);
              }}
            />
          </>
        )}
      </main>
    </Page>
  );
}

/** The middle of the inbox before anything is opened; says nothing when the list already does. */
function Unopened() {
  const empty = listed(inbox.value, view.value, reader.value).length === 0;
  return (
    <section class="unopened">
      {!empty && (
        <>
          <Icon node={MessageSquare} size={28} />
          <p>
            <kbd>j</kbd> <kbd>k</kbd> to move, <kbd>Enter</kbd> to open
          </p>
        </>
      )}
    </section>
  );
}

/** j, k and the arrows move in the list; Escape goes back to it. */
function useInboxKeys(list: { current: HTMLElement | null }, id: string | null): void {
  useEffect(() => {
    function pressed(event: KeyboardEvent): void {
      if (document.querySelector(":popover-open, dialog[open]")) return;
      if (list.current) moveFocus(list.current, event);
      if (event.key !== "Escape" || event.isComposing || id === null) return;
      navigate(address("inbox"));
      list.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`)?.focus();
    }
    document.addEventListener("keydown", pressed);
    return () => {
      document.removeEventListener("keydown", pressed);
    };
  }, [id, list]);
}
