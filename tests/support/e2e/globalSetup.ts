import { ensureBuilt } from '../../../scripts/support/build.ts';

export default ensureBuilt;
