/** The fields in which somebody to try a chatflow on is put together. */
import { KnownFields } from "../../../conditions/known-fields.tsx";
import { SelectField, TextField } from "../../../sites/form/fields.tsx";
import type { Evidence } from "../../chatflows.ts";
import { EVIDENCE, isProven } from "../../words.ts";
import type { Editing } from "../editing.ts";
import { RealContact } from "./real-contact.tsx";
import { calledSteps, sayable, SKETCHES, type Sketch } from "./somebody.ts";

interface Given {
  editing: Editing;
  sketch: Sketch;
  change: (changes: Partial<Sketch>) => void;
}

/** Who comes, what is known of them, and where and when. */
export function SketchFields(given: Given) {
  const { sketch, change } = given;
  return (
    <div class="sketch">
      <SelectField
        label="Who comes"
        value={sketch.evidence}
        options={EVIDENCE}
        onChange={(evidence) => {
          // What is known of a customer comes with the first who proved who they are.
          const isFirst = isProven(evidence as Evidence) && sketch.known.length === 0;
          const { known, deal } = SKETCHES.customer;
          change(isFirst ? { evidence: evidence as Evidence, known, deal } : { evidence: evidence as Evidence });
        }}
      />
      <details class="more-fields">
        <summary>What is known of them, and where they are</summary>
        <div class="form-group">
          <RealContact
            onChoose={(known) => {
              // A company and its deals are of somebody else then.
              change({ known, deal: "", evidence: isProven(sketch.evidence) ? sketch.evidence : "signed", inputs: [] });
            }}
          />
          <Known {...given} />
          <TextField label="Largest open deal" value={sketch.deal} onChange={(deal) => { change({ deal }); }} />
          <TextField label="Page" value={sketch.page} onChange={(page) => { change({ page }); }} />
          <label class="field">
            When
            <input
              class="input"
              type="datetime-local"
              value={sketch.at}
              onInput={(event) => {
                change({ at: event.currentTarget.value });
              }}
            />
            <span class="help">In your time zone. Nothing is now.</span>
          </label>
          <Returns {...given} />
        </div>
      </details>
    </div>
  );
}

function Known({ editing, sketch, change }: Given) {
  const { known, evidence } = sketch;
  const isIdle = !isProven(evidence) && known.length > 0;
  return (
    <KnownFields
      legend="What is known"
      known={known}
      properties={sayable(editing.offers.properties)}
      note={isIdle && <p class="help">None of it is used: nobody has proved that this is them.</p>}
      onChange={(next) => {
        change({ known: next });
      }}
    >
      {(_name, value, write) => (
        <input
          class="input"
          aria-label="Value"
          dir="auto"
          value={value}
          onInput={(event) => {
            write(event.currentTarget.value);
          }}
        />
      )}
    </KnownFields>
  );
}

function Returns({ editing, sketch, change }: Given) {
  return (
    <>
      {calledSteps(editing.flow).map((name) => (
        <TextField
          key={name}
          label={`What ${name} answers`}
          help="As JSON. In a preview nothing is called; without this, the step fails."
          rows={2}
          mono
          value={sketch.returns[name] ?? ""}
          onChange={(text) => {
            change({ returns: { ...sketch.returns, [name]: text } });
          }}
        />
      ))}
    </>
  );
}
