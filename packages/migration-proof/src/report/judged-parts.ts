// Apart from the model: judging results needs no library for reading them.
import type { Results } from './model.ts'

/** The parts that can pass or fail, in the order in which outputs show them. */
export const judgedParts = ['upgrades', 'findings', 'mutation', 'crash', 'contracts', 'fuzz', 'gate'] as const

/** `failed` as soon as one part that was run failed. Each output says what was not run. */
export function judge(parts: Pick<Results, (typeof judgedParts)[number]>): Results['outcome'] {
  return judgedParts.some((name) => parts[name]?.outcome === 'failed') ? 'failed' : 'passed'
}
