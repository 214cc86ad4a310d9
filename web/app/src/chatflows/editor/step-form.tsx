/** The form of a step: each type has its own. */
import { SelectField, TextField } from "../../sites/form/fields.tsx";
import { changed, type Step } from "../document.ts";
import { BranchForm, FormForm, QuestionForm } from "./asking-forms.tsx";
import type { Editing } from "./editing.ts";
import { Check, NextField, orNothing, reasonOf, StepText, WayField, type StepGiven } from "./parts.tsx";
import { SpokenField } from "./spoken.tsx";

/** The form for *step*, whichever type it is of. */
export function StepForm({ step, ...given }: { editing: Editing; name: string; step: Step; change: (step: Step) => void }) {
  switch (step.type) {
    case "message":
      return <MessageForm {...given} step={step} />;
    case "question":
      return <QuestionForm {...given} step={step} />;
    case "form":
      return <FormForm {...given} step={step} />;
    case "branch":
      return <BranchForm {...given} step={step} />;
    case "function":
      return <FunctionForm {...given} step={step} />;
    case "webhook":
      return <WebhookForm {...given} step={step} />;
    case "wait":
      return <WaitForm {...given} step={step} />;
    case "route":
      return <RouteForm {...given} step={step} />;
    case "end":
      return <EndForm {...given} step={step} />;
  }
}

function MessageForm(given: StepGiven<"message">) {
  return (
    <>
      <StepText {...given} />
      <NextField {...given} />
    </>
  );
}

function FunctionForm(given: StepGiven<"function">) {
  const { editing, name, step, change } = given;
  const { functions } = editing.offers;
  return (
    <>
      <SelectField
        label="Function"
        help={functions.length === 0 ? "There is no function yet." : `What it returns can be asked about as the answer of ${name}.`}
        value={step.name}
        options={functions.map((one) => [one, one] as const)}
        reason={reasonOf(given, "name")}
        onChange={(called) => {
          change({ ...step, name: called });
        }}
      />
      <Arguments {...given} />
      <NextField {...given} />
      <ErrorWay {...given} />
    </>
  );
}

function Arguments(given: StepGiven<"function">) {
  const { editing, step, change } = given;
  const entries = Object.entries(step.arguments ?? {});
  const write = (next: readonly (readonly [string, string])[]): void => {
    change(changed(step, { arguments: next.length > 0 ? Object.fromEntries(next) : undefined }));
  };
  return (
    <>
      {entries.map(([key, text], index) => (
        <fieldset class="key-fields" key={index}>
          <legend>Argument {index + 1}</legend>
          <TextField
            label="Name"
            value={key}
            onChange={(next) => {
              if (!entries.some(([other], at) => at !== index && other === next)) write(entries.with(index, [next, text]));
            }}
          />
          <SpokenField
            label="Value"
            rows={1}
            value={text}
            properties={editing.offers.properties}
            reason={reasonOf(given, `arguments.${key}`)}
            onChange={(next) => {
              write(entries.with(index, [key, next]));
            }}
          />
          <button type="button" class="text-button" onClick={() => { write(entries.toSpliced(index, 1)); }}>
            Remove
          </button>
        </fieldset>
      ))}
      <button
        type="button"
        class="button form-add"
        disabled={entries.some(([key]) => key === "")}
        onClick={() => {
          write([...entries, ["", ""]]);
        }}
      >
        Add an argument
      </button>
    </>
  );
}

function ErrorWay(given: StepGiven<"function" | "webhook">) {
  const { editing, name, step, change } = given;
  return (
    <WayField
      editing={editing}
      name={name}
      label="If it fails"
      nowhere="Go on as usual"
      value={step.on_error}
      reason={reasonOf(given, "on_error")}
      onChange={(next) => {
        change(changed(step, { on_error: next }));
      }}
    />
  );
}

function WebhookForm(given: StepGiven<"webhook">) {
  const { step, change } = given;
  return (
    <>
      <TextField
        label="URL"
        help="It is sent what HubSpot's bots are sent, and says what the visitor reads next."
        value={step.url}
        reason={reasonOf(given, "url")}
        onChange={(url) => {
          change({ ...step, url: url.trim() });
        }}
      />
      <TextField
        label="Payload"
        help="Sent along as it is, as customPayload."
        rows={2}
        mono
        value={step.payload ?? ""}
        reason={reasonOf(given, "payload")}
        onChange={(payload) => {
          change(changed(step, { payload: orNothing(payload) }));
        }}
      />
      <NextField {...given} />
      <ErrorWay {...given} />
    </>
  );
}

function WaitForm(given: StepGiven<"wait">) {
  const { step, change } = given;
  return (
    <>
      <TextField
        label="For"
        help="Such as 30s, 5m or 2h; at most 7d."
        value={step.for}
        reason={reasonOf(given, "for")}
        onChange={(length) => {
          change({ ...step, for: length.trim() });
        }}
      />
      <NextField {...given} />
    </>
  );
}

function RouteForm(given: StepGiven<"route">) {
  const { editing, step, change } = given;
  return (
    <>
      <StepText {...given} help="What visitors read meanwhile; nothing is fine." />
      <SelectField
        label="Who takes over"
        value={step.team ?? ""}
        options={[["", "Whom the routing rules name"], ...editing.offers.teams.map((one) => [one, `The team ${one}`] as const)]}
        reason={reasonOf(given, "team")}
        onChange={(team) => {
          change(changed(step, { team: orNothing(team) }));
        }}
      />
    </>
  );
}

function EndForm(given: StepGiven<"end">) {
  const { step, change } = given;
  return (
    <>
      <StepText {...given} help="The last words; nothing is fine." />
      <Check
        label="Close the conversation too"
        isOn={step.close ?? false}
        onChange={(close) => {
          change(changed(step, { close: close || undefined }));
        }}
      />
    </>
  );
}
