// Goal: what is said of the tools whose programs are large is what they do, as conformance.test.ts of the harness shows of others.
import { describeConformance } from '../../packages/migration-proof/tests/history/conformance/describe-conformance.ts'
import { nightlyTools } from '../../packages/migration-proof/tests/history/conformance/tools.ts'

describeConformance(nightlyTools, 'nightly')
