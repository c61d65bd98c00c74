// Goal: the summary of a job shows a reviewer the problems first and what a version changes, no name of a database
// can draw on it, and it is never longer than a code host takes.
import { describe, expect, it } from 'vitest'
import { formatMarkdown } from '../../src/report/markdown/summary.ts'
import type { Results } from '../../src/report/model.ts'
import { hostileResults, provenResults, sampleResults, unrunResults } from './samples.ts'

const limitBytes = 1024 * 1024

describe('the summary', () => {
  const text = formatMarkdown(sampleResults())

  it('begins with the verdict', () => {
    expect(text).toMatch(/^## ❌ 8 problems to fix, 1 part run for a choice only\n/)
    expect(formatMarkdown(provenResults())).toMatch(/^## ✅ Every upgrade is proven\n/)
  })

  it('says of each problem what, where, why and how to fix it, before all else', () => {
    expect(text).toContain('**gate/migration&#45;edited**')
    expect(text).toContain('<code>src/migrations/v1&#45;notes&#46;ts&#58;8</code>')
    expect(text).toContain('users hold files that were made by it')
    expect(text).toContain('<code>git checkout v1&#46;2&#46;2')
    expect(text.indexOf('### What must be fixed')).toBeLessThan(text.indexOf('<details'))
  })

  it('draws what the version changed, with the keys', () => {
    const [, diagram = ''] = /```mermaid\n(.*?)\n```/s.exec(text) ?? []
    expect(diagram).toContain('["tag (new)"] {')
    expect(diagram).toContain('["note (changed)"] {')
    expect(diagram).toContain('TEXT name PK')
    expect(diagram).toContain('TEXT note FK')
    expect(diagram).toMatch(/ t\d \|\|--o\{ t\d : "on delete CASCADE"/)
  })

  it('shows the difference as a table', () => {
    expect(text).toContain('| table <code>tag</code> | the whole | 🟢 added |')
    expect(text).toContain('| table <code>note</code> | column changed&#95;at | 🟢 added | none | INTEGER |')
  })

  it('shows what it changes of old rows on purpose, and new waivers before that', () => {
    expect(text).toContain(
      '| <code>note</code> | <code>text becomes trim&#40;text&#41;</code> | spaces were typed by mistake |',
    )
    expect(text).toContain(
      '| <code>pk&#45;nullable</code> | <code>column note&#46;id</code> | no one writes NULL there |',
    )
    expect(text.indexOf('Waivers that are new')).toBeLessThan(text.indexOf('What version 2 changes'))
    expect(formatMarkdown(unrunResults())).not.toContain('Waivers')
  })

  it('says what was not run, and what was run for a choice', () => {
    expect(formatMarkdown(unrunResults())).toMatch(/^## ⚪ All that was run is proven, 7 parts not run\n/)
    expect(formatMarkdown({ ...provenResults(), gate: null })).toMatch(
      /^## ✅ Every upgrade is proven, 1 part not run\n/,
    )
    expect(formatMarkdown({ ...provenResults(), crash: null })).toMatch(
      /^## ⚪ All that was run is proven, 1 part not run\n/,
    )
    expect(formatMarkdown(unrunResults())).toContain('| ⚪ | Power and disk failures | not run |')
    expect(text).toContain('1 of 2 mutants killed; only the mutants of version 2')
  })
})

describe('hostile names', () => {
  const text = formatMarkdown(hostileResults())

  it('make no HTML but that of the summary itself', () => {
    const tags = [...text.matchAll(/<\/?([^\s>]*)/g)].map(([, name]) => name)
    expect([...new Set(tags)].sort()).toEqual(['!--', 'b', 'code', 'details', 'summary'])
  })

  it('make no link, no image and no code of their own', () => {
    expect(text).not.toMatch(/\]\(|!\[/)
    expect(text.match(/```/g)).toHaveLength(2)
    expect(text.replaceAll('```', '')).not.toContain('`')
  })

  it('make no row or cell of a table', () => {
    for (const table of text.match(/(^\|.*\n)+/gm) ?? []) {
      const widths = table
        .trimEnd()
        .split('\n')
        .map((line) => line.split('|').length)
      expect(new Set(widths).size).toBe(1)
    }
  })

  it('leave the diagram a diagram: words, labels and edges', () => {
    const [, diagram = ''] = /```mermaid\n(.*?)\n```/s.exec(text) ?? []
    const forms = [
      /^erDiagram$/,
      /^ {2}t\d+\["[^"]*"\](?: \{)?$/,
      /^ {4}[A-Za-z]\w* [A-Za-z]\w*(?: (?:PK|FK|PK, FK))?$/,
      /^ {4}and more_columns "\d+"$/,
      /^ {2}\}$/,
      /^ {2}t\d+ \|\|--o\{ t\d+ : "[^"]*"$/,
    ]
    expect(diagram.split('\n').filter((line) => !forms.some((form) => form.test(line)))).toEqual([])
    expect(diagram).not.toMatch(/[<>`]|%%/)
  })

  it('do not turn the direction of writing', () => {
    expect(text).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/)
  })
})

describe('the length', () => {
  it.for([
    ['a difference', { changes: 20_000, problems: 0 }],
    ['problems', { changes: 0, problems: 5_000 }],
  ] as const)('stays below what a code host takes with %s too long for it', ([, size]) => {
    const text = formatMarkdown(makeLong(size.changes, size.problems))
    expect(Buffer.byteLength(text)).toBeLessThan(limitBytes)
    expect(text).toMatch(
      /Left out, for its length: What version 2 changes|And [\d,]+ more: they are in the report/,
    )
  })
})

function makeLong(changes: number, problems: number): Results {
  const results = sampleResults()
  const { history, gate } = results
  const long = '<'.repeat(3000)
  const texts = { expected: long, actual: long, why: long, fix: long }
  return {
    ...results,
    gate: gate && {
      ...gate,
      problems: repeat(gate.problems, problems).map((problem, index) => ({
        ...problem,
        ...texts,
        subject: { type: 'fixture', name: `${long}${index}` },
      })),
    },
    history: history && {
      ...history,
      versions: history.versions.map((version) => ({
        ...version,
        differences: repeat(version.differences, changes),
      })),
    },
  }
}

function repeat<Item>(items: readonly Item[], times: number): Item[] {
  return Array.from({ length: times }, () => items).flat()
}
