/** The platforms that `jobpass init` knows: how rules name a repository, and a job that calls. */

import type { Answers } from './answers.ts'
import { circleciJob, githubJob, gitlabJob } from './pipelines.ts'

/** A question whose answer has a form. */
export interface Form {
  /** The question. */
  readonly question: string
  /** An example of an answer. */
  readonly example: string
  /** The form that an answer has. */
  readonly pattern: RegExp
}

/** A platform. */
export interface InitPlatform {
  /** The question about the owner. */
  readonly owner: Form
  /** The question about the repository. */
  readonly repository: Form
  /** Whether a repository is named after its owner, so that `acme/shop` answers both questions. */
  readonly namedAfterOwner: boolean
  /** The conditions that pin the owner. */
  readonly trust: (answers: Answers) => Readonly<Record<string, unknown>>
  /** The conditions of the rule, in addition to the branch. */
  readonly rule: (answers: Answers) => Readonly<Record<string, unknown>>
  /** A comment on the rule: how to make it safer. */
  readonly advice: (answers: Answers) => string
  /** Claims of a job that the rule admits, in addition to those of the rule. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** A job of the same repository that the rule refuses. */
  readonly refused: {
    /** Its trigger. */
    readonly trigger: string
    /** What it is, for the name of the case. */
    readonly what: string
    /** Whether its repository is another one, which its claims then name by themselves. */
    readonly elsewhere?: true
  }
  /** The job that calls the API. */
  readonly job: {
    /** Where it belongs. */
    readonly file: string
    /** Its text. */
    readonly text: (answers: Answers) => string
  }
}

const fullName = ({ owner, repository }: Answers): string => `${owner}/${repository}`
const byFullName = (answers: Answers): Readonly<Record<string, unknown>> => ({ repository: fullName(answers) })
const byOwner = ({ owner }: Answers): Readonly<Record<string, unknown>> => ({ owner })

const name: RegExp = /^[\w.-]+$/
const path: RegExp = /^[\w.-]+(?:\/[\w.-]+)*$/

/** The platforms by id, the usual one first. */
export const initPlatforms: Readonly<Record<string, InitPlatform>> = {
  'github-actions': {
    owner: { question: 'Which user or organization owns the repository?', example: 'acme', pattern: name },
    repository: { question: 'What is the name of the repository?', example: 'shop', pattern: name },
    namedAfterOwner: true,
    trust: byOwner,
    rule: byFullName,
    advice: (answers) => `Safer than the name, which others can take over: repositoryId, from
# gh api repos/${fullName(answers)} --jq .id`,
    refused: { trigger: 'pull_request', what: 'a pull request' },
    job: { file: '.github/workflows/deploy.yml', text: githubJob },
  },
  gitlab: {
    owner: { question: 'What is the path of the group or user?', example: 'acme', pattern: path },
    repository: { question: 'What is the path of the project in it?', example: 'shop', pattern: name },
    namedAfterOwner: true,
    trust: byOwner,
    rule: (answers) => ({ ...byFullName(answers), refProtected: true }),
    advice: () => `Safer than the path, which others can take over: repositoryId, which is the id of the project
# in Settings, General`,
    claims: { ref_protected: 'true' },
    refused: { trigger: 'merge_request', what: 'a merge request' },
    job: { file: '.gitlab-ci.yml', text: gitlabJob },
  },
  circleci: {
    owner: {
      question: 'What is the id of the organization? (Organization Settings, Overview)',
      example: '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22',
      pattern: /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/,
    },
    repository: {
      question: 'Which repository do the jobs build?',
      example: 'github.com/acme/shop',
      pattern: /^[\w.-]+(?:\/[\w.-]+){2,}$/,
    },
    namedAfterOwner: false,
    trust: ({ owner }) => ({ ownerId: owner }),
    rule: ({ owner, repository }) => ({ ownerId: owner, repository }),
    advice: () => 'Tighter: add projectId, from Project Settings, Overview',
    refused: { trigger: 'fork', what: 'a build of a fork', elsewhere: true },
    job: { file: '.circleci/config.yml', text: circleciJob },
  },
}
