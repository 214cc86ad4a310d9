/** Says, when types are checked, that what the server sends is what these pages take it for. Nothing of it runs. */
import type { components } from "@callingcard/kit/schema.d.ts";

import type { Property } from "../conditions/properties.ts";
import type { Decision, Plan, TriedOut, Whereabouts } from "../routing/routing.ts";
import type { Colleague, Hours, HoursPreview, Team } from "../teams/teams.ts";
import type { FlowDetail, FlowListed, Line, Simulation, Version } from "./chatflows.ts";

type Server = components["schemas"];

/** *T* with every member there that the server always sends, though it may leave it out when asked. */
type Sent<T> = { [Name in keyof T]-?: Exclude<T[Name], undefined> };

/** Fails to compile unless what is *Given* can be taken for what is *Taken*. */
type Fits<Given extends Taken, Taken> = Given;

/** *T* without the members that are any JSON to the server. */
type Without<T, Names extends keyof T> = Omit<T, Names>;

export type Checks = [
  Fits<Server["FlowListed"], FlowListed>,
  Fits<Without<Server["FlowDetail"], "document" | "draft">, Without<FlowDetail, "document" | "draft">>,
  Fits<Without<Server["FlowVersionShown"], "document">, Without<Version, "document">>,
  Fits<Without<Server["SimulationShown"], "messages" | "route">, Without<Simulation, "messages" | "route">>,
  Fits<Without<Sent<Server["LineShown"]>, "options" | "form" | "author">, Without<Line, "options" | "form" | "author">>,
  Fits<Server["PropertyShown"], Property>,
  Fits<Sent<Server["TeamDocument"]>, Omit<Team, "name">>,
  Fits<Sent<Server["HoursDocument-Output"]>, Omit<Hours, "name">>,
  Fits<Server["HoursPreview"], HoursPreview>,
  Fits<Server["ColleagueOut"], Colleague>,
  Fits<Server["DecisionOut"], Decision>,
  Fits<Server["RoutingAnswer"], Whereabouts>,
  Fits<Server["TriedOut"], TriedOut>,
  Fits<Sent<Server["TargetDocument"]>, Plan["fallback"]>,
  Fits<Without<Server["PlanDocument"], "rules" | "fallback">, Without<Plan, "rules" | "fallback">>,
];
