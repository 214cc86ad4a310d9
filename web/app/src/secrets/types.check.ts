/** Says, when types are checked, that what the server sends is what this page takes it for. Nothing of it runs. */
import type { components } from "@callingcard/kit/schema.d.ts";

import type { Rotation, Secret } from "./secrets.ts";

type Server = components["schemas"];

/** Fails to compile unless what is *Sent* can be taken for what is *Taken*. */
export type Fits<Sent extends Taken, Taken> = Sent;

export type Checks = [Fits<Server["SecretShape"], Secret>, Fits<Server["RotationShape"], Rotation>];
