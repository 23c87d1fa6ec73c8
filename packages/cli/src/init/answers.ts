/** What `jobpass init` must know. */

/** The answers. */
export interface Answers {
  /** The id of the platform. */
  readonly platform: string
  /** The owner of the repository, as the platform identifies it. */
  readonly owner: string
  /** The repository, without the owner where the platform names it after the owner. */
  readonly repository: string
  /** The branch whose jobs may call. */
  readonly branch: string
  /** The name of the API. */
  readonly audience: string
  /** The framework of the API. */
  readonly framework: string
}

/** The name of an answer, which is that of its flag as well. */
export type AnswerName = keyof Answers

/** Answers as far as they are known. */
export type PartialAnswers = Readonly<Partial<Answers>>
