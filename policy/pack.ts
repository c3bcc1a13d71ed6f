import type {
  PolicyConfigSchema,
  PolicyPackArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import { z } from "zod";
import { requireKnownNames } from "./configured-names.ts";
import { judgedFromResource, type Resource } from "./from-resource.ts";
import type { JudgedVm } from "./judged-vm.ts";
import { type PackEnvironment, PackRun } from "./pack-run.ts";
import {
  describeExempted,
  describeUnjudged,
  describeUnused,
  describeViolation,
  gathered,
} from "./pack-text.ts";
import type { FleetRule, VmRule } from "./rule.ts";
import { rules } from "./rules.ts";
import { boundsFrom, exemptionSettings, parseConfig, schemaOf } from "./settings.ts";

/**
 * The rules as policies for the engine, and the policies that keep visible what the rules did not judge.
 *
 * The engine asks the policies in this order about each resource, then the stack policies about all of them.
 */
export function packArgs(environment: PackEnvironment): PolicyPackArgs {
  const run = new PackRun(environment);
  const policies = [
    exemptions(run, () => requireKnownNames(environment.configuredNames(), names)),
    ...rules.map((rule) => (rule.scope === "vm" ? vmPolicy(run, rule) : fleetPolicy(run, rule))),
    exemptedFindings(run),
    notKnownYet(run),
    notDeclared(run),
    unusedExemptions(run),
  ];
  const names = policies.map(({ name }) => name);
  return {
    description: "Proxmox VMs as they must be, so that no VM like the incident's is declared unnoticed.",
    policies,
  };
}

/** First, so that what cannot be read fails the run before anything is judged. */
function exemptions(run: PackRun, requireKnown: () => void): ResourceValidationPolicy {
  return {
    name: "exemptions",
    description: "Checks whether the exemptions and the policy configuration can be read.",
    enforcementLevel: "mandatory",
    configSchema: jsonSchema(exemptionSettings),
    validateResource: (args) => {
      requireKnown();
      run.useExemptions(parseConfig("exemptions", exemptionSettings, args.getConfig()));
    },
  };
}

function vmPolicy(run: PackRun, rule: VmRule): ResourceValidationPolicy {
  return {
    ...aboutRule(rule),
    validateResource: (args, report) => {
      const bounds = boundsFrom(rule.id, args.getConfig());
      const vm = judgedFromResource(args);
      if (vm === undefined) return;
      for (const finding of run.judgeVm(rule, vm, bounds, args.urn)) report(describeViolation(finding));
    },
  };
}

function fleetPolicy(run: PackRun, rule: FleetRule): StackValidationPolicy {
  return {
    ...aboutRule(rule),
    validateStack: ({ resources, getConfig }, report) => {
      const bounds = boundsFrom(rule.id, getConfig());
      for (const finding of run.judgeFleet(rule, judgedVms(resources), bounds)) {
        report(describeViolation(finding));
      }
    },
  };
}

function exemptedFindings(run: PackRun): ResourceValidationPolicy {
  return {
    name: "exempted-finding",
    description: "Shows violations that are exempted.",
    enforcementLevel: "advisory",
    validateResource: ({ urn }, report) => {
      for (const finding of run.takeExempted(urn)) report(describeExempted(finding));
    },
  };
}

function notKnownYet(run: PackRun): ResourceValidationPolicy {
  return {
    name: "not-known-yet",
    description: "Shows what a rule could not judge because a preview does not know it.",
    enforcementLevel: "advisory",
    validateResource: ({ urn }, report) => {
      for (const unjudged of run.takeUnknown(urn)) report(describeUnjudged(unjudged));
    },
  };
}

function notDeclared(run: PackRun): StackValidationPolicy {
  return {
    name: "not-declared",
    description: "Shows what a rule could not judge because nobody declares it.",
    enforcementLevel: "advisory",
    validateStack: (_args, report) => {
      for (const message of gathered(run.undeclared)) report(message);
    },
  };
}

function unusedExemptions(run: PackRun): StackValidationPolicy {
  return {
    name: "unused-exemption",
    description: "Shows exemptions that exempt nothing.",
    enforcementLevel: "advisory",
    validateStack: ({ resources }, report) => {
      for (const message of describeUnused(run.unused(judgedVms(resources)))) report(message);
    },
  };
}

function aboutRule({ id, description, defaultLevel, remediation }: VmRule | FleetRule) {
  return {
    name: id,
    description,
    enforcementLevel: defaultLevel,
    remediationSteps: remediation,
    configSchema: jsonSchema(schemaOf(id)),
  };
}

function jsonSchema(schema: z.ZodObject): PolicyConfigSchema {
  const { properties = {} } = z.toJSONSchema(schema) as Partial<PolicyConfigSchema>;
  return { properties };
}

function judgedVms(resources: readonly Resource[]): JudgedVm[] {
  return resources.flatMap((resource) => judgedFromResource(resource) ?? []);
}
