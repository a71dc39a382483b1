/** Beside `sst dev`'s live functions, the whole service on this machine, without the cloud: start it when wanted. */
export const localService = new sst.x.DevCommand("Local", {
  dev: { title: "The service on this machine", command: "npm start", autostart: false },
});
