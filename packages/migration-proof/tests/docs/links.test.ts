// Goal: every link of the docs leads to a file that is there, and to a heading that is there; the site has each page once.
import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listPages, repository, slugOf } from '../../../../site/pages.mjs'

const pages = listPages()
const headings = new Map(pages.map(({ path, text }) => [path, slugsOf(text)]))

/** The ids of the headings of a page: one that is there again has a number. */
function slugsOf(text: string): string[] {
  const seen = new Map<string, number>()
  return [...withoutCode(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) => {
    const slug = slugOf(title.replaceAll(/[`*]|\]\([^)]*\)|\[/g, ''))
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    return count === 0 ? slug : `${slug}-${count}`
  })
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '')
}

it('there are pages, each with a title and an address of its own', () => {
  expect(pages.length).toBeGreaterThan(80)
  expect(pages.filter(({ title, path }) => title === path && path !== 'index.md')).toEqual([])
  expect(new Set(pages.map(({ path }) => path)).size).toBe(pages.length)
})

describe.for(pages)('$source', ({ path, text }) => {
  const links = [...withoutCode(text).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = '']) => link)

  it('leads to files and headings that are there', () => {
    const lost = links.filter((link) => {
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), file))
      if (/\.(png|svg)$/.test(target))
        return !existsSync(join(repository, 'packages/migration-proof/docs', target))
      return anchor === undefined ? !headings.has(target) : !headings.get(target)?.includes(anchor)
    })
    expect(lost).toEqual([])
  })
})

it.for([
  ['Roll back', 'roll-back'],
  ['`verify`', 'verify'],
  ['Two versions, with a way back', 'two-versions-with-a-way-back'],
  ['What is not said by a file', 'what-is-not-said-by-a-file'],
] as const)('a heading has the id that GitHub gives it: %s', ([title, slug]) => {
  expect(slugOf(title)).toBe(slug)
})
