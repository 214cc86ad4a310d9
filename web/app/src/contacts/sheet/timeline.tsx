/** What happened with a contact, newest first. */
import type { ComponentChildren } from "preact";

import { actorWords, byWords } from "../../audit/who.ts";
import { address } from "../../router.ts";
import { session } from "../../session/session.ts";
import { Ago } from "../../ui/ago.tsx";
import { useLoad } from "../../ui/load.ts";
import { Empty } from "../../ui/states.tsx";
import { relative } from "../../ui/time.ts";
import { readDeeds, readMerges } from "../calls.ts";
import { MergeLine } from "../merging/merge-line.tsx";
import { contactPath } from "../store.ts";
import type { ContactDetail, Deed } from "../types.ts";
import { timelineOf, type Event } from "./timeline.ts";

const DEEDS: Readonly<Record<string, string>> = {
  exported: "Everything about this person was exported",
  erased: "This person was erased",
};

/** Show the timeline of *contact*; *changed* is called when something in it is undone. */
export function Timeline({ contact, changed }: { contact: ContactDetail; changed: () => void }) {
  const merges = useLoad(`${contactPath(contact.id)}/merges`, readMerges);
  const seesDeeds = session.value?.agent.role !== "agent";
  const deeds = useLoad(seesDeeds ? `/v1/audit?kind=contact&id=${contact.id}&limit=100` : null, readDeeds);
  const problem = merges.problem ?? deeds.problem;
  const events = timelineOf(contact, merges.value ?? [], deeds.value ?? []);
  return (
    <section>
      <h3 class="section-title">Timeline</h3>
      {problem && (
        <p class="form-error" role="alert">
          A part of it could not be read. {problem.message}{" "}
          <button type="button" class="text-button" onClick={merges.problem ? merges.retry : deeds.retry}>
            Try again
          </button>
        </p>
      )}
      <ol class="timeline">
        {events.map((event) => (
          <li key={event.key} data-kind={event.kind}>
            <span class="timeline-at">
              <Ago at={event.at} words={relative} />
            </span>
            <div>{sayEvent(event, contact, changed)}</div>
          </li>
        ))}
      </ol>
      {contact.conversations.length === 0 && (
        <Empty title="No conversations yet" text="When this person writes, it appears here and in the inbox." />
      )}
    </section>
  );
}

function sayEvent(event: Event, contact: ContactDetail, changed: () => void): ComponentChildren {
  switch (event.kind) {
    case "conversation":
      return (
        <a class="timeline-talk" href={address("inbox", event.id)}>
          <span dir="auto">{event.text || "No messages"}</span>
          <span class="text-muted">{event.status === "open" ? "Open conversation" : "Closed conversation"}</span>
        </a>
      );
    case "merge":
      return <MergeLine merge={event.merge} contactId={contact.id} undone={changed} />;
    case "parting":
      return <>The merge was undone by {byWords(event.by)}</>;
    case "deed":
      return deedWords(event.deed);
    case "known":
      return "Became a contact";
    case "changed":
      return "Last change of a property";
  }
}

function deedWords(deed: Deed): string {
  return `${DEEDS[deed.action] ?? deed.action}, by ${actorWords(deed.whoKind, deed.whoId)}`;
}
