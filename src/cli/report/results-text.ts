// What makes text of results, and results of text, with libraries that nothing else of the command line needs.
export { renderPage } from '../../harness/report/html/page.tsx'
export { formatMarkdown } from '../../harness/report/markdown/summary.ts'
export { formatJson, parseResults } from '../../harness/report/parse.ts'
export { formatSarif } from '../../harness/report/sarif.ts'
