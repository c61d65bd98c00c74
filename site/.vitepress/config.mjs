import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitepress'
import { listPages, slugOf } from '../pages.mjs'

/** What `build.mjs` replaces by the way from each page to the top: VitePress knows no relative base. */
const base = process.env.SITE_BASE ?? '/'
const pages = listPages()

const titleOf = (path) =>
  path === 'guide.md' ? 'The guide' : (pages.find((page) => page.path === path)?.title ?? path)
const item = (path) => ({ text: titleOf(path), link: `/${path.replace(/\.md$/, '')}` })
const itemsIn = (folder) =>
  pages.filter(({ path }) => path.startsWith(`${folder}/`)).map(({ path }) => item(path))

/** The rules under the headings of their index. */
function listRules() {
  const index = pages.find(({ path }) => path === 'findings.md')?.text ?? ''
  const [, ...sections] = index.split(/^## /m)
  return sections.map((section) => ({
    text: section.split('\n', 1)[0],
    items: [...section.matchAll(/^\| \[[\w-]+\]\(\.\/(rules\/[\w-]+\.md)\)/gm)].map(([, path]) => item(path)),
  }))
}

function listChecks() {
  const index = pages.find(({ path }) => path === 'checks.md')?.text ?? ''
  return [...index.matchAll(/\(\.\/(checks\/[\w-]+\.md)\)/g)].map(([, path]) => item(path))
}

const tools = {
  text: 'Histories',
  items: [...itemsIn('tools'), ...['base.md', 'changed-tools.md'].map(item)],
}
const recipes = { text: 'Recipes', items: [item('recipes.md'), ...itemsIn('recipes')] }
const findings = [{ text: 'Findings', items: [item('findings.md')] }, ...listRules()]

// A group that opens and closes holds a button in a button, which a screen reader does not reach: each part has a list of its own.
const sidebar = {
  '/rules/': findings,
  '/findings': findings,
  '/checks': [{ text: 'Checks', items: [item('checks.md'), ...listChecks()] }],
  '/recipes': [recipes],
  '/tools': [tools],
  '/': [
    {
      text: 'Start',
      items: [
        'start.md',
        'guide.md',
        'tools.md',
        'test-runners.md',
        'recipes.md',
        'checks.md',
        'findings.md',
      ].map(item),
    },
    {
      text: 'Reference',
      items: [
        'commands.md',
        'upgrade.md',
        'report.md',
        'ledger.md',
        'engines.md',
        'mutation.md',
        'changelog.md',
      ].map(item),
    },
    {
      text: 'How it is proven',
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
  ],
}

const { description } = JSON.parse(
  readFileSync(new URL('../../packages/migration-proof/package.json', import.meta.url), 'utf8'),
)

export default defineConfig({
  title: 'migration-proof',
  description,
  base,
  // Without one a browser asks the host for its own.
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  srcDir: '.pages',
  outDir: 'dist',
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
