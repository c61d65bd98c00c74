import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitepress'
import { listPages, slugOf } from '../pages.mjs'

/** What `build.mjs` replaces by the way from each page to the top: VitePress knows no relative base. */
const base = process.env.SITE_BASE ?? '/'
const pages = listPages()

const titleOf = (path) => pages.find((page) => page.path === path)?.title ?? path
const item = (path) => ({ text: titleOf(path), link: `/${path.replace(/\.md$/, '')}` })
const itemsIn = (folder) =>
  pages.filter(({ path }) => path.startsWith(`${folder}/`)).map(({ path }) => item(path))

/** The rules under the headings of their index. */
function listRules() {
  const index = pages.find(({ path }) => path === 'findings.md')?.text ?? ''
  const [, ...sections] = index.split(/^## /m)
  return sections.map((section) => ({
    text: section.split('\n', 1)[0],
    collapsed: true,
    items: [...section.matchAll(/^\| \[[\w-]+\]\(\.\/(rules\/[\w-]+\.md)\)/gm)].map(([, path]) => item(path)),
  }))
}

const checks = [...(pages.find(({ path }) => path === 'checks.md')?.text ?? '').matchAll(/\(\.\/(checks\/[\w-]+\.md)\)/g)]

const sidebar = [
  { text: 'Start', items: [item('start.md'), item('guide.md'), item('tools.md'), item('test-runners.md')] },
  { text: 'Histories', collapsed: true, items: [...itemsIn('tools'), item('base.md'), item('changed-tools.md')] },
  { text: 'Recipes', link: '/recipes', collapsed: true, items: itemsIn('recipes') },
  { text: 'Checks', link: '/checks', collapsed: true, items: checks.map(([, path]) => item(path)) },
  { text: 'Findings', link: '/findings', collapsed: true, items: listRules() },
  {
    text: 'Reference',
    collapsed: true,
    items: ['commands.md', 'upgrade.md', 'report.md', 'ledger.md', 'engines.md', 'mutation.md', 'changelog.md'].map(item),
  },
  {
    text: 'How it is proven',
    collapsed: true,
    items: [
      'internals/architecture.md',
      'internals/decisions.md',
      'power-loss.md',
      'rows.md',
      'asynchronous-histories.md',
      'histories.md',
      'incidents.md',
      'mutation-harness.md',
      'torture.md',
      'performance.md',
    ].map(item),
  },
]

const { description } = JSON.parse(
  readFileSync(new URL('../../packages/migration-proof/package.json', import.meta.url), 'utf8'),
)

export default defineConfig({
  title: 'migration-proof',
  description,
  base,
  srcDir: '.pages',
  outDir: 'dist',
  // Checked by the tests, with their headings; the report is copied there afterwards.
  ignoreDeadLinks: [/^\/report/],
  markdown: {
    anchor: { slugify: slugOf },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  themeConfig: {
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Recipes', link: '/recipes' },
      { text: 'Checks', link: '/checks' },
      { text: 'Findings', link: '/findings' },
      { text: 'Commands', link: '/commands' },
    ],
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
  },
})
