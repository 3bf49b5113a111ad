"""The only home of mitmproxy: performs actions on connections and calls; decides nothing."""
