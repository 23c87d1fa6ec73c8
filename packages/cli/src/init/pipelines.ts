/** Jobs that get a token and call the API, in the language of their platform. */

import type { Answers } from './answers.ts'

/** The URL of the route: on the API where its name is a URL. */
function routeOf(audience: string): string {
  return `${audience.startsWith('https://') ? audience.replace(/\/$/, '') : 'https://api.acme.dev'}/deploy`
}

/** A workflow of GitHub Actions. */
export function githubJob({ branch, audience }: Answers): string {
  return `on:
  push:
    branches: ['${branch}']
jobs:
  deploy:
    runs-on: ubuntu-latest
    permissions:
      id-token: write # without this line, the job has no token
    steps:
      - shell: bash # ends where a command of a pipe fails
        env:
          AUDIENCE: '${audience}'
        run: |
          url="\${ACTIONS_ID_TOKEN_REQUEST_URL:?add 'permissions: id-token: write' to the job}"
          token=$(curl -sS --fail-with-body --retry 3 -G --data-urlencode "audience=$AUDIENCE" -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$url" | jq -er '.value // error')
          echo "::add-mask::$token"
          curl -sS --fail-with-body --retry 3 -X POST -H "Authorization: Bearer $token" ${routeOf(audience)}
`
}

/** A job of GitLab CI. */
export function gitlabJob({ branch, audience }: Answers): string {
  return `deploy:
  rules:
    - if: $CI_COMMIT_BRANCH == "${branch}"
  id_tokens:
    API_TOKEN:
      aud: '${audience}'
  script:
    - |
      curl -sS --fail-with-body --retry 3 -X POST -H "Authorization: Bearer \${API_TOKEN:?add id_tokens to the job}" ${routeOf(audience)}
`
}

/** A configuration of CircleCI. */
export function circleciJob({ branch, audience }: Answers): string {
  return `version: 2.1
jobs:
  deploy:
    docker:
      - image: cimg/base:current
    steps:
      - run: |
          token=$(circleci run oidc get --claims '{"aud":"${audience}"}')
          curl -sS --fail-with-body --retry 3 -X POST -H "Authorization: Bearer $token" ${routeOf(audience)}
workflows:
  deploy:
    jobs:
      - deploy:
          filters:
            branches:
              only: '${branch}'
`
}
