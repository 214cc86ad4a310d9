/** One function: its editor, versions, triggers, storage and settings. */
import type { ComponentType } from "preact";

import type { FunctionTab } from "../../router.ts";
import { useLoad } from "../../ui/load.ts";
import { Skeleton } from "../../ui/states.tsx";
import { EditorTab } from "../editor/editor-tab.tsx";
import { functionPath, readFunction } from "../functions.ts";
import { FunctionsProblem } from "../section.tsx";
import type { FunctionDetails } from "../types.ts";
import { FunctionFrame } from "./frame.tsx";
import { SettingsTab } from "./settings.tsx";
import { StorageTab } from "./storage.tsx";
import { TriggersTab } from "./triggers.tsx";
import { VersionsTab } from "./versions.tsx";

const TABS: Readonly<Record<FunctionTab, ComponentType<{ details: FunctionDetails; again: () => void }>>> = {
  editor: EditorTab,
  versions: VersionsTab,
  triggers: TriggersTab,
  storage: StorageTab,
  settings: SettingsTab,
};

/** Show one *tab* of the function *name*. */
export function FunctionPage({ name, tab }: { name: string; tab: FunctionTab }) {
  return <Loaded key={tab} name={name} tab={tab} />; // each tab shows the function as it is now
}

function Loaded({ name, tab }: { name: string; tab: FunctionTab }) {
  const { value, problem, retry } = useLoad(functionPath(name), readFunction);
  const Tab = TABS[tab];
  if (value) return <Tab details={value} again={retry} />;
  return (
    <FunctionFrame name={name} tab={tab}>
      <main class="content function-page">
        {problem ? <FunctionsProblem problem={problem} retry={retry} /> : <Skeleton rows={8} shape="text" />}
      </main>
    </FunctionFrame>
  );
}
