/**
 * Reads trusted publishers of PyPI.
 *
 * Source: https://docs.pypi.org/trusted-publishers/
 */

import type { Grant, Reading } from '../model.ts'
import type { Members } from './document.ts'
import { githubForm, gitlabForm } from './publisher-forms.ts'
import { readPublishers, UnknownForm } from './publisher.ts'
import { equalsTest } from './tests.ts'

/** Reads one publisher or several, with the members of the form or of an attestation. */
export function readPypi(text: string): Reading {
  return readPublishers('A trusted publisher of PyPI', text, ['publishers'], readOne)
}

function readOne(members: Members, where: string): Grant {
  const kind = String(members['kind'] ?? members['publisher'] ?? members['publisher_name'] ?? '').toLowerCase()
  const isGitLab = kind === 'gitlab' || (kind === '' && 'namespace' in members)
  if (!isGitLab && kind !== '' && kind !== 'github')
    throw new UnknownForm('Publishers of this kind are not translated; those of GitHub and GitLab are.')
  const aud = equalsTest(['aud'], ['pypi'], where)
  if (isGitLab) {
    const { issuer, requirement } = gitlabForm(members, where)
    return { name: 'publish', where, issuer, requirement: { all: [aud, requirement] } }
  }
  // PyPI compares job_workflow_ref with the file at the run's own ref or commit.
  const { issuer, requirement } = githubForm(members, where, 'job_workflow_ref')
  const event = equalsTest(['event_name'], ['pull_request_target'], where)
  const notFromOutside = { ...event, negated: true, absentPasses: true }
  return { name: 'publish', where, issuer, requirement: { all: [aud, requirement, notFromOutside] } }
}
