/** Everything that is known of a contact, by the names people gave the properties. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { colleague } from "../../inbox/house.ts";
import { useLoad } from "../../ui/load.ts";
import { PROPERTIES, readProperties } from "../calls.ts";
import { spoken } from "../card.tsx";
import type { ContactDetail, Property } from "../types.ts";
import { EditForm } from "./edit-form.tsx";
import { shownValue } from "./values.ts";

/** Show the properties of *contact*, and a form when they are to be changed. */
export function PropertySheet({ contact, changed }: { contact: ContactDetail; changed: () => void }) {
  const { value: known, problem, retry } = useLoad(PROPERTIES, readProperties);
  const isEdited = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isEdited.value) box.current?.querySelector<HTMLElement>("input, select")?.focus();
  }, [isEdited.value]);
  return (
    <section>
      <div class="section-head">
        <h3 class="section-title">Properties</h3>
        {!isEdited.value && (
          <button
            type="button"
            class="button"
            ref={button}
            disabled={known === null}
            onClick={() => {
              isEdited.value = true;
            }}
          >
            Edit
          </button>
        )}
      </div>
      {problem && (
        <p class="form-error" role="alert">
          The properties there are could not be read. {problem.message}{" "}
          <button type="button" class="text-button" onClick={retry}>
            Try again
          </button>
        </p>
      )}
      {isEdited.value && known ? (
        <div ref={box} class="edit-sheet">
          <EditForm
            contact={contact}
            known={known}
            done={(isChanged) => {
              isEdited.value = false;
              if (isChanged) changed();
              setTimeout(() => button.current?.focus());
            }}
          />
        </div>
      ) : (
        <Facts contact={contact} known={known ?? []} />
      )}
    </section>
  );
}

function Facts({ contact, known }: { contact: ContactDetail; known: readonly Property[] }) {
  const facts = Object.entries(contact.properties).filter(([, value]) => value !== "");
  const place = (name: string): number => {
    const found = known.findIndex((one) => one.name === name);
    return found < 0 ? known.length : found;
  };
  facts.sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b));
  return (
    <dl class="properties">
      {facts.map(([name, value]) => {
        const property = known.find((one) => one.name === name);
        return (
          <div key={name}>
            <dt title={name}>{property?.label ?? spoken(name)}</dt>
            <dd dir="auto">{name === "hubspot_owner_id" ? (colleague(value)?.name ?? value) : shownValue(property, value)}</dd>
          </div>
        );
      })}
    </dl>
  );
}
