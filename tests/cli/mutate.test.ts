// Goal: faults that few checks can catch are caught in this project's own tables, and docs/mutation.md shows what a run
// shows. That each of its numbers is right is for `npm run mutate`, which tries every mutant.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCommandLine } from '../support/command-line.ts'
import { projectFolder } from '../support/imports.ts'

interface Result {
  readonly problems: readonly unknown[]
  readonly operators: readonly {
    readonly operator: string
    readonly mutants: number
    readonly kills: Readonly<Record<string, number | null>>
  }[]
  readonly mutants: readonly { readonly id: string; readonly killedBy: readonly string[] }[]
}

/** Operators, and the checks that kill each of their mutants, and some mutant alone. */
const killedByFew: readonly (readonly [operator: string, killers: readonly string[]])[] = [
  ['constraint-renamed', ['golden']],
  ['rebuild-wipes-children', ['rows', 'behaviour']],
  ['errors-swallowed', ['interruption']],
]

const page = readFileSync(join(projectFolder, 'docs', 'mutation.md'), 'utf8').split('\n')

describe.for(killedByFew)('the mutants of %s', ([operator, killers]) => {
  const { stdout } = runCommandLine(['mutate', '--operator', operator, '--json'])
  const { problems, operators, mutants }: Result = JSON.parse(stdout)

  it(`are killed by ${killers.join(' and ')}`, () => {
    expect(mutants).not.toEqual([])
    const missed = mutants.filter(({ killedBy }) => !killers.every((killer) => killedBy.includes(killer)))
    expect(missed).toEqual([])
    expect(problems).toEqual([])
  })

  it('some of them by nothing else', () => {
    expect(mutants.map(({ killedBy }) => killedBy)).toContainEqual(killers)
  })

  it('have the row of the page', () => {
    const [result] = operators
    const kills = Object.entries(result?.kills ?? {})
    const header = ['operator', 'mutants', ...kills.map(([check]) => check)]
    const row = [`\`${operator}\``, result?.mutants, ...kills.map(([, count]) => count ?? '–')]
    expect(page).toContain(`| ${header.join(' | ')} |`)
    expect(page).toContain(`| ${row.join(' | ')} |`)
  })
})
