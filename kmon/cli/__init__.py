"""The command line. One file a command; a command's module is imported only when it is asked for, so that `kmon render` stays light."""
