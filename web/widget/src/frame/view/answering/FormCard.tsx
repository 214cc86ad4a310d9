/** A form of the chatflow, filled in where the talk is. */

import { useRef, useState } from "preact/hooks";
import { faultOf, refusalOf, valuesOf, type Values } from "../../asking/asked.ts";
import type { Field, Form } from "../../protocol.ts";
import type { Room } from "../../room.ts";
import { WORDS } from "../../words.ts";
import { FieldView } from "./FieldView.tsx";

/** Draw the form; a fault is said beside its field, and goes when the field changes. */
export function FormCard({ form, room, sent }: { form: Form; room: Room; sent: () => void }) {
  const values = valuesOf(form, room.filled.value[form.step] ?? {});
  const [faults, setFaults] = useState<Values>(() => refused(form, values));
  const card = useRef<HTMLFormElement>(null);
  const submit = (event: Event) => {
    event.preventDefault();
    const found = faultsOf(form.fields, (field) => faultOf(field, values[field.name] ?? ""));
    setFaults(found);
    const first = form.fields.find(({ name }) => name in found);
    if (!first) {
      room.submit(form, values);
      sent();
      return;
    }
    const control = card.current?.elements.namedItem(first.name);
    if (control instanceof HTMLElement) control.focus();
  };
  const changed = (name: string, text: string) => {
    room.fill(form, name, text);
    setFaults((before) => Object.fromEntries(Object.entries(before).filter(([other]) => other !== name)));
  };
  return (
    <form ref={card} class="card" aria-label={WORDS.form} noValidate onSubmit={submit}>
      {form.fields.map((field) => (
        <FieldView key={field.name} field={field} value={values[field.name] ?? ""} fault={faults[field.name] ?? ""} changed={(text) => { changed(field.name, text); }} />
      ))}
      <button type="submit" class="primary">{WORDS.sendForm}</button>
    </form>
  );
}

function refused(form: Form, values: Values): Values {
  const wrong = new Set(form.wrong);
  return faultsOf(form.fields.filter(({ name }) => wrong.has(name)), (field) => refusalOf(field, values[field.name] ?? ""));
}

function faultsOf(fields: readonly Field[], say: (field: Field) => string): Values {
  return Object.fromEntries(fields.map((field) => [field.name, say(field)] as const).filter(([, fault]) => fault !== ""));
}
