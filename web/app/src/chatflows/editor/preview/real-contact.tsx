/** Takes what is known of a real contact into the preview, found by name or address. */
import type { Page } from "@callingcard/kit/api.ts";
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import type { TargetedKeyboardEvent } from "preact";

import { contactName, contactPath, readContact } from "../../../contacts/store.ts";
import type { Contact } from "../../../contacts/types.ts";
import { call } from "../../../session/session.ts";
import { sentences } from "../../../sites/words.ts";
import { problemFrom } from "../../../ui/states.tsx";

const MOST = 5;

/** Search for somebody; *onChoose* is given their properties, by names such as `contact.email`. */
export function RealContact({ onChoose }: { onChoose: (known: [string, string][]) => void }) {
  const words = useSignal("");
  const found = useSignal<readonly Contact[] | null>(null);
  const problem = useSignal<Problem | null>(null);
  async function ask<T>(work: () => Promise<T>): Promise<T | null> {
    problem.value = null;
    try {
      return await work();
    } catch (error) {
      problem.value = problemFrom(error);
      return null;
    }
  }
  async function search(): Promise<void> {
    const parameters = new URLSearchParams({ limit: String(MOST), query: words.value.trim() });
    const page = await ask(() => call<Page<Contact>>(`/v1/contacts?${parameters.toString()}`));
    found.value = page?.results ?? null;
  }
  async function choose(id: string): Promise<void> {
    const contact = await ask(() => readContact(contactPath(id), new AbortController().signal));
    if (!contact) return;
    found.value = null;
    words.value = "";
    onChoose(knownOf(contact.properties));
  }
  function onKey(event: TargetedKeyboardEvent<HTMLInputElement>): void {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (words.value.trim() !== "") void search();
  }
  return (
    <div class="real-contact">
      <label class="field">
        Somebody from your contacts
        <input
          class="input"
          type="search"
          placeholder="Name or address, then Enter"
          dir="auto"
          value={words.value}
          onInput={(event) => {
            words.value = event.currentTarget.value;
          }}
          onKeyDown={onKey}
        />
      </label>
      <div role="status">
        {problem.value && <p class="form-error">{sentences(problem.value.message, problem.value.hint)}</p>}
        {found.value?.length === 0 && <p class="text-muted">Nobody is found by these words.</p>}
      </div>
      {found.value && found.value.length > 0 && (
        <ul class="real-contacts">
          {found.value.map((one) => (
            <li key={one.id}>
              <button type="button" class="text-button" onClick={() => void choose(one.id)}>
                {contactName(one)}
              </button>{" "}
              <span class="text-muted">{one.email}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** The properties of a contact that have a value, as the preview has them. */
export function knownOf(properties: Readonly<Record<string, unknown>>): [string, string][] {
  return Object.entries(properties).flatMap(([name, value]): [string, string][] =>
    (typeof value === "string" && value !== "") || typeof value === "number" || typeof value === "boolean"
      ? [[`contact.${name}`, String(value)]]
      : [],
  );
}
