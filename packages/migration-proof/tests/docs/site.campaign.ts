// Goal: every page of the site, the report included, is readable on a telephone and a desk, by day and by night.
import { beforeAll, describe } from 'vitest'
import { listPages } from '../../../../site/pages.mjs'
import { lookAtPages } from '../support/look-at-pages.ts'
import { buildSite } from '../support/site.ts'

describe('the site', () => {
  beforeAll(() => buildSite(), 600_000)
  lookAtPages(['example.html', ...listPages().map(({ path }) => path.replace(/\.md$/, '.html'))])
})
