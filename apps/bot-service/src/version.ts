import { version } from "../../../package.json";

/** Of the daemon, as released. */
export const VERSION: string = version;
