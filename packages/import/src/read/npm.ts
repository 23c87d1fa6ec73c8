/**
 * Reads trusted publishers of npm.
 *
 * Source: https://docs.npmjs.com/trusted-publishers
 */

import { isPlainObject } from '@jobpass/core/internal'
import type { Grant, Reading } from '../model.ts'
import type { Members } from './document.ts'
import { listed } from './document.ts'
import type { Required } from './publisher-forms.ts'
import { githubForm, gitlabForm } from './publisher-forms.ts'
import { fieldsOf, needed, readPublishers, UnknownForm } from './publisher.ts'
import { equalsTest } from './tests.ts'

/** Reads the output of `npm trust list --json`, or the bodies of the registry's API. */
export function readNpm(text: string): Reading {
  return readPublishers('A trusted publisher of npm', text, ['publishers'], readOne)
}

function readOne(given: Members, where: string): Grant {
  const type = given['type'] ?? 'github'
  const members = withoutClaims(given)
  const { issuer, requirement } = requiredBy(type, members, where)
  const aud = equalsTest(['aud'], ['npm:registry.npmjs.org'], where)
  return { name: 'publish', where, issuer, requirement: { all: [aud, requirement] } }
}

function requiredBy(type: unknown, members: Members, where: string): Required {
  if (type === 'github') return githubForm(members, where, 'workflow_ref')
  if (type === 'gitlab') return gitlabForm(members, where)
  if (type === 'circleci') return circleForm(members, where)
  throw new UnknownForm('Publishers of this type are not translated; those of GitHub, GitLab and CircleCI are.')
}

/** The members of the form: the API has them as claims, with the file in an object. */
function withoutClaims(given: Members): Members {
  const { claims, ...others } = given
  if (!isPlainObject(claims)) return given
  const { workflow_ref: workflow, ci_config_ref_uri: config, ...plain } = claims
  const holder = workflow ?? config
  if (holder === undefined) return { ...others, ...plain }
  if (!isPlainObject(holder) || Object.keys(holder).join() !== 'file')
    throw new UnknownForm('The claims of the form have no file of a workflow.')
  return { ...others, ...plain, file: holder['file'] }
}

const circle = (name: string): string => `oidc.circleci.com/${name}`

function circleForm(given: Members, where: string): Required {
  const { contextIds, [circle('context-ids')]: contextClaim, ...members } = given
  const form = fieldsOf(
    members,
    {
      orgId: ['orgId', circle('org-id')],
      projectId: ['projectId', circle('project-id')],
      pipelineId: ['pipelineDefinitionId', circle('pipeline-definition-id')],
      origin: ['vcsOrigin', circle('vcs-origin')],
    },
    ['id', 'type', 'permissions'],
  )
  const contexts = listed(contextIds ?? contextClaim ?? undefined)
  if (!contexts.every((each) => typeof each === 'string'))
    throw new UnknownForm('The contexts of the form are no texts.')
  const orgId = needed('orgId', form.orgId)
  // Whether one context is enough is not documented, so all are required.
  const inContexts = contexts.map((context) => {
    const test = equalsTest([circle('context-ids')], [context], `${where}.contextIds`)
    return { ...test, comparison: { kind: 'hasItem', item: test.comparison } as const }
  })
  return {
    issuer: `https://oidc.circleci.com/org/${orgId}`,
    requirement: {
      all: [
        equalsTest([circle('org-id')], [orgId], where),
        equalsTest([circle('project-id')], [needed('projectId', form.projectId)], where),
        equalsTest([circle('pipeline-definition-id')], [needed('pipelineDefinitionId', form.pipelineId)], where),
        equalsTest([circle('vcs-origin')], [needed('vcsOrigin', form.origin)], where),
        ...inContexts,
      ],
    },
  }
}
