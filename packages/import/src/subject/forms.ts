/** The subjects that platforms give by default, and what each part of them says of a job. */

import { joined, matchesAll } from '../pattern.ts'
import type { Pattern } from '../requirement.ts'
import type { Choice } from '../translate/condition.ts'
import type { Context, SubjectForm } from './form.ts'
import { all, anyContext, everything, formOf, hole, id, on, openTenant, refCharacter, there } from './form.ts'
import { githubForms } from './github.ts'
import { buildkiteForms, kubernetesForms, terraformForms } from './machines.ts'
import type { Form } from './split.ts'

/** The project at GitLab. A wildcard right after a group's name means what is in the group. */
function project(path: Pattern): Choice | undefined {
  const group = openTenant(path)
  const meant = group === undefined ? path : [group, '/', ...joined(path).slice(1)]
  return matchesAll(path) ? [] : on('repository', meant)
}

/** https://docs.gitlab.com/ci/secrets/id_token_authentication */
const gitlabContexts: readonly Context[] = [
  anyContext,
  {
    form: ['branch:ref:', hole('branch', refCharacter)],
    kind: 'branch',
    conditions: ({ branch }) => there('branch', branch),
  },
  { form: ['tag:ref:', hole('tag', refCharacter)], kind: 'tag', conditions: ({ tag }) => there('tag', tag) },
]

const gitlabProject: Form = ['project_path:', hole('path', /[^:\s]/), ':ref_type:']
const uuid = /[0-9a-f-]/
const circleRun: Form = ['org/', hole('ownerId', uuid), '/project/', hole('projectId', uuid), '/user/']
const marks = /(?:^|\/)vcs-(?:origin|ref)(?:\/|$)/
const circleOrigin: Form = [hole('user', /[^/]/), '/vcs-origin/', hole('origin', /[^\s:]/, marks), '/vcs-ref/']

const circleRef = (kind: 'branch' | 'tag', folder: string): Context => ({
  form: [...circleOrigin, folder, hole(kind, refCharacter, marks)],
  kind,
  conditions: ({ user, origin = [], [kind]: ref }) =>
    all(everything(user), matchesAll(origin) ? [] : on('repository', origin), there(kind, ref)),
})

/** https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/ */
const circleContexts: readonly Context[] = [
  anyContext,
  circleRef('branch', 'refs/heads/'),
  circleRef('tag', 'refs/tags/'),
]

/** The forms by provider, the most general ones first. */
export const subjectForms: Readonly<Record<string, readonly SubjectForm[]>> = {
  'github-actions': githubForms,
  gitlab: gitlabContexts.map((context) => formOf(gitlabProject, 0, context, ({ path = [] }) => project(path))),
  kubernetes: kubernetesForms,
  'hcp-terraform': terraformForms,
  buildkite: buildkiteForms,
  circleci: circleContexts.map((context) =>
    formOf(circleRun, 0, context, ({ ownerId, projectId }) => all(id('ownerId', ownerId), id('projectId', projectId))),
  ),
}
