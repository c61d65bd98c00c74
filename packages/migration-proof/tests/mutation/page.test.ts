// Goal: docs/mutation.md says what every operator and every check does, in the order of the kill matrix.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { mutantChecks } from '../../src/mutation/checks/index.ts'
import { operators } from '../../src/mutation/operators/index.ts'

const page = readFileSync(new URL('../../docs/mutation.md', import.meta.url), 'utf8')
const lines = page.split('\n')

describe('docs/mutation.md', () => {
  it.for(operators.map(({ name }) => name))('has a row for %s', (name) => {
    expect(lines.filter((line) => line.startsWith(`| \`${name}\` |`))).toHaveLength(1)
  })

  it('has no row for an operator that is gone', () => {
    const rows = lines.flatMap((line) => /^\| `([a-z-]+)` \|/.exec(line)?.[1] ?? [])
    expect(rows).toEqual(operators.map(({ name }) => name))
  })

  it.for(mutantChecks.map(({ name }) => name))('says what the check %s looks at', (name) => {
    expect(lines.some((line) => line.startsWith(`| ${name} |`))).toBe(true)
  })
})
