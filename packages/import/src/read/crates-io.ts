/**
 * Reads trusted publishers of crates.io.
 *
 * Source: https://crates.io/docs/trusted-publishing
 */

import type { Grant, Reading } from '../model.ts'
import type { Members } from './document.ts'
import { githubForm, gitlabForm } from './publisher-forms.ts'
import { readPublishers } from './publisher.ts'
import { equalsTest } from './tests.ts'

const wrappers = ['github_config', 'github_configs', 'gitlab_config', 'gitlab_configs']

/** Reads the answers of `/api/v1/trusted_publishing/github_configs` and `…/gitlab_configs`. */
export function readCratesIo(text: string): Reading {
  return readPublishers('A trusted publisher of crates.io', text, wrappers, readOne)
}

function readOne(members: Members, where: string): Grant {
  const { issuer, requirement } =
    'namespace' in members ? gitlabForm(members, where) : githubForm(members, where, 'workflow_ref')
  return {
    name: 'publish',
    where,
    issuer,
    requirement: { all: [equalsTest(['aud'], ['crates.io'], where), requirement] },
  }
}
