/** Identities and verdicts as attributes of OpenTelemetry's conventions for CI/CD and VCS. */

import type { AnyWorkload, VerdictEvent } from '@jobpass/core'
import { jobOf } from '@jobpass/core/internal'

/** The attributes of a span or log record. */
export type TelemetryAttributes = Readonly<Record<string, string | number | boolean>>

type Values = Readonly<Record<string, string | number | boolean | undefined>>

/**
 * The attributes of a workload: `cicd.*`, `vcs.*` and `deployment.*` where the conventions have a
 * name, else `jobpass.*`. Absent facts are left out. Behind an exchange they are those of the CI
 * job, and `jobpass.service` is the issuer of the service token.
 *
 * Source: https://opentelemetry.io/docs/specs/semconv/registry/attributes/cicd/ and …/vcs/
 *
 * @example
 * ```ts
 * const attributes = workloadAttributes(getWorkload(req))
 * ```
 */
export function workloadAttributes(caller: AnyWorkload): TelemetryAttributes {
  const job = jobOf(caller)
  const workload = job ?? caller
  const { repository, branch, tag, pullRequest } = workload
  return present({
    'cicd.pipeline.name': workload.pipeline ?? workload.workflow,
    'cicd.pipeline.run.id': workload.runId,
    'cicd.pipeline.run.url.full': workload.runUrl,
    'cicd.pipeline.task.run.id': workload.jobId,
    'vcs.owner.name': workload.owner,
    'vcs.repository.name': repository?.slice(repository.lastIndexOf('/') + 1),
    'vcs.ref.head.name': branch ?? tag ?? workload.ref,
    'vcs.ref.head.type': branch === undefined ? (tag === undefined ? undefined : 'tag') : 'branch',
    'vcs.ref.head.revision': workload.commit,
    'vcs.change.id': pullRequest,
    'deployment.environment.name': workload.environment,
    'jobpass.provider': workload.provider,
    'jobpass.issuer': workload.issuer,
    'jobpass.repository': repository,
    'jobpass.owner.key': workload.ownerKey,
    'jobpass.repository.key': workload.repositoryKey,
    'jobpass.event': workload.event,
    'jobpass.actor': workload.actor,
    'jobpass.runner': workload.runner,
    'jobpass.service': job && caller.issuer,
  })
}

/**
 * The attributes of a decision and its workload: layer, outcome, code, reason, and the fingerprint
 * of the rules. They hold no expected values.
 *
 * @example
 * ```ts
 * const onVerdict = (event: VerdictEvent) => log.info(JSON.stringify(verdictAttributes(event)))
 * ```
 */
export function verdictAttributes(event: VerdictEvent): TelemetryAttributes {
  const { workload, verdict, reported } = event
  return present({
    ...(workload === undefined ? {} : workloadAttributes(workload)),
    'jobpass.layer': event.layer,
    'jobpass.allowed': event.allowed,
    // The conventions' name for the class of a failure.
    'error.type': event.code,
    'jobpass.reason': verdict?.reason,
    'jobpass.rules.fingerprint': verdict?.fingerprint,
    'jobpass.reported.allowed': reported?.allowed,
    'jobpass.claim': event.claim,
  })
}

function present(values: Values): TelemetryAttributes {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string | number | boolean] => entry[1] !== undefined),
  )
}
