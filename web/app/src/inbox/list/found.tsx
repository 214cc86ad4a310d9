/** The conversations that were found, each with the line that holds the words. */
import { Empty, Failure, Skeleton } from "../../ui/states.tsx";
import { inbox, searchWords } from "../store.ts";
import { lineOf } from "../thread/words.ts";
import type { Hit } from "../types.ts";
import { Row } from "./row.tsx";
import { find, found, MOST } from "./search.ts";

/** Show what was found for *words*. */
export function Found({ selected, words }: { selected: string | null; words: string }) {
  const { words: answered, hits, problem } = found.value;
  if (problem && answered === words) return <Failure problem={problem} retry={() => void find(words)} />;
  if (answered === null) return <Skeleton rows={6} shape="row" />;
  if (hits.length === 0 && answered !== words) return <Skeleton rows={6} shape="row" />;
  if (hits.length === 0) return <Nothing words={words} />;
  return (
    <div aria-busy={answered !== words}>
      <p class="found-count" role="status">
        {hits.length === MOST ? `The newest ${MOST}; add a word to narrow down` : `${hits.length} found, closed ones too`}
      </p>
      {hits.map((hit) => (
        <Row
          key={hit.conversation.id}
          one={inbox.value.conversations.get(hit.conversation.id) ?? hit.conversation}
          current={hit.conversation.id === selected}
          line={wordsOf(hit)}
        />
      ))}
    </div>
  );
}

/** The line with the words; undefined where they are in the name or address. */
function wordsOf(hit: Hit): string | undefined {
  if (hit.note) return `Note: ${hit.note.text}`;
  return hit.entry ? lineOf(hit.entry) : undefined;
}

function Nothing({ words }: { words: string }) {
  return (
    <Empty title={`Nothing holds “${words}”`} text="What was said, internal notes, names and addresses are searched, by how words begin.">
      <button
        type="button"
        class="button"
        onClick={() => {
          searchWords.value = "";
        }}
      >
        Clear the search
      </button>
    </Empty>
  );
}
