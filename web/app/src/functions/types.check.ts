/**
 * Says, when types are checked, that what the server sends is what these pages take it for.
 *
 * Nothing of it runs. What the server calls any JSON is left out of the comparison.
 */
import type { components } from "@callingcard/kit/schema.d.ts";

import type { RunGiven } from "./functions.ts";
import type {
  Checked,
  Completion,
  Deploying,
  FunctionDetails,
  Json,
  Release,
  RunShown,
  Schema,
  Signature,
  StoragePage,
  VersionDetails,
} from "./types.ts";

type Server = components["schemas"];

/** *T* with any JSON in it taken for unknown, as the server's document has it. */
type Loose<T> = T extends Json[]
  ? unknown
  : [Schema, T] extends [T, object]
    ? unknown
    : T extends (infer One)[]
      ? Loose<One>[]
      : T extends object
        ? { [Name in keyof T]: Json extends T[Name] ? unknown : Loose<T[Name]> }
        : T;

/** Fails to compile unless what is *Sent* can be taken for what is *Taken*. */
type Fits<Sent extends Taken, Taken> = Sent;

export type Checks = [
  Fits<Server["FunctionDetails"], Loose<FunctionDetails>>,
  Fits<Server["VersionDetails"], Loose<VersionDetails>>,
  Fits<Server["ReleaseShown"], Release>,
  Fits<Server["Deploying"], Deploying>,
  Fits<Server["RunMade"], Loose<RunShown>>,
  Fits<Server["Findings"], Loose<Checked>>,
  Fits<Server["CompletionShown"], Completion>,
  Fits<Server["SignatureShown"], Signature>,
  Fits<Server["StorageShape"], StoragePage>,
  Fits<RunGiven, Server["RunGiven"]>,
];
