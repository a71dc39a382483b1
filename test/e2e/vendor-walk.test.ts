import { serveReal } from "./serving.ts";
import { testVendorWalk } from "./vendor-walk.ts";

testVendorWalk("on real servers", await serveReal());
